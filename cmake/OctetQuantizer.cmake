# A program that quantizes one network, from the header that weights/export.py wrote for it:
#
#   octet_add_quantizer(NAME HEADER file.hpp [NETWORK type] [LINK library...] [ARCHS generic avx2 ...])
#
# adds the program NAME. It quantizes the network, saves it, loads it again, and compares it with itself in float32 on
# the user's own pictures, as examples/resnet18.cpp does for ResNet18; `NAME --help` has its options. The weights are
# looked for beside the header, under the name that the header gives them, unless --weights says otherwise.
# octet_add_quantizer(TARGET NAME HEADER file.hpp ...) is the same.
#
# NETWORK: the network's type, where the header has not exactly one struct: networks::MyNet. LINK: what its own includes
# need. ARCHS: see octet_add_networks, which builds the network for each of them. The package CLI11 (libcli11-dev) and
# stb (libstb-dev) are looked for when the function is called.

include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/OctetMultiArch.cmake)

# The folder that holds quantizer/: examples/ in octet's own tree, share/octet where it is installed.
foreach(folder IN ITEMS ${CMAKE_CURRENT_LIST_DIR}/../examples ${CMAKE_CURRENT_LIST_DIR}/../../octet)
  if(EXISTS ${folder}/quantizer/quantizer.hpp)
    cmake_path(ABSOLUTE_PATH folder NORMALIZE)
    set(OCTET_QUANTIZER_INCLUDE_DIR ${folder} CACHE INTERNAL "")
  endif()
endforeach()

# octet_network_in(HEADER VARIABLE): the type of the only struct in a header of export.py, with its namespace.
function(octet_network_in header variable)
  file(STRINGS ${header} structs REGEX "^struct [A-Za-z_][A-Za-z_0-9]*")
  file(STRINGS ${header} namespaces REGEX "^namespace [A-Za-z_][A-Za-z_0-9:]*")
  list(LENGTH structs count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "octet_add_quantizer: expected one network, a line beginning with \"struct\", in ${header}, found "
                        "${count}; say which type it is with NETWORK networks::MyNet")
  endif()
  string(REGEX REPLACE "^struct ([A-Za-z_0-9]+).*" "\\1" network "${structs}")
  if(namespaces)
    list(GET namespaces 0 namespace)
    string(REGEX REPLACE "^namespace ([A-Za-z_0-9:]+).*" "\\1::${network}" network "${namespace}")
  endif()
  set(${variable} ${network} PARENT_SCOPE)
endfunction()

# octet_quantizer_library(): the target octet_quantizer, which is what a quantizer does whatever its network: command line,
# pictures, comparison, reports. Compiled once, for the baseline.
function(octet_quantizer_library)
  if(TARGET octet_quantizer)
    return()
  endif()
  find_package(CLI11 QUIET GLOBAL)
  if(NOT TARGET CLI11::CLI11)
    message(FATAL_ERROR "octet: a quantizer needs CLI11: install libcli11-dev, or set CLI11_DIR")
  endif()
  find_path(OCTET_STB_INCLUDE_DIR stb/stb_image.h DOC "The folder that holds stb/stb_image.h")
  if(NOT OCTET_STB_INCLUDE_DIR)
    message(FATAL_ERROR "octet: a quantizer needs stb/stb_image.h: install libstb-dev, or set OCTET_STB_INCLUDE_DIR")
  endif()
  set(folder ${OCTET_QUANTIZER_INCLUDE_DIR}/quantizer)
  add_library(octet_quantizer STATIC ${folder}/compare.cpp ${folder}/images.cpp ${folder}/options.cpp ${folder}/session.cpp)
  target_link_libraries(octet_quantizer PUBLIC octet::octet PRIVATE CLI11::CLI11)
  target_include_directories(octet_quantizer PUBLIC ${OCTET_QUANTIZER_INCLUDE_DIR})
  target_include_directories(octet_quantizer SYSTEM PUBLIC ${OCTET_STB_INCLUDE_DIR})
  target_compile_options(octet_quantizer PUBLIC $<$<CONFIG:>:-O3>) # no build type: nobody wants a slow network
  # Nothing here runs often: half the time to compile, and half the code.
  set_source_files_properties(${folder}/options.cpp ${folder}/session.cpp TARGET_DIRECTORY octet_quantizer
                              PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release,RelWithDebInfo>:-Os>)
endfunction()

function(octet_add_quantizer)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;HEADER;NETWORK" "LINK;ARCHS")
  if(NOT arg_TARGET)
    list(POP_FRONT arg_UNPARSED_ARGUMENTS arg_TARGET)
  endif()
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_TARGET OR NOT arg_HEADER)
    message(FATAL_ERROR "octet_add_quantizer(NAME HEADER file.hpp [NETWORK type] [LINK library...] [ARCHS arch...])")
  endif()
  cmake_path(ABSOLUTE_PATH arg_HEADER NORMALIZE)
  if(NOT EXISTS ${arg_HEADER})
    message(FATAL_ERROR "octet_add_quantizer: there is no ${arg_HEADER}; octet's weights/export.py writes it, "
                        "with the weights beside it")
  endif()
  if(NOT arg_NETWORK)
    octet_network_in(${arg_HEADER} arg_NETWORK)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${arg_HEADER})
  endif()

  octet_quantizer_library()

  cmake_path(GET arg_HEADER PARENT_PATH folder)
  set(written ${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET})
  file(CONFIGURE OUTPUT ${written}_networks.cpp @ONLY CONTENT [[
// Written by octet_add_quantizer for @arg_TARGET@: what is compiled for each architecture.
#include "@arg_HEADER@"

#include <quantizer/networks.hpp>

const octet::CompiledNetworks* octet_networks() {
    return quantizer::AllQConfigs::compile<@arg_NETWORK@>();
}
]])
  file(CONFIGURE OUTPUT ${written}_main.cpp @ONLY CONTENT [[
// Written by octet_add_quantizer for @arg_TARGET@.
#include "@arg_HEADER@"

#include <quantizer/quantizer.hpp>

int main(int argc, char** argv) {
    return quantizer::quantize_network<@arg_NETWORK@>(argc, argv, "@arg_TARGET@", "@folder@");
}
]])
  octet_add_networks(${arg_TARGET}_networks SOURCES ${written}_networks.cpp LINK octet_quantizer ${arg_LINK} ARCHS ${arg_ARCHS})
  add_executable(${arg_TARGET} ${written}_main.cpp)
  target_link_libraries(${arg_TARGET} PRIVATE octet_quantizer ${arg_TARGET}_networks ${arg_LINK})
endfunction()
