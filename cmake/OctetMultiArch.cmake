# One program that runs well on every machine of a processor family.
#
#   octet_add_networks(NAME SOURCES file... [LINK library...] [ARCHS generic avx2 avxvnni avx512vnni neon_dot])
#
# adds the library NAME: the networks that the sources list (octet/multiarch/networks.hpp), compiled once for each
# architecture. A program linked with it is an ordinary one, compiled once, whose models are of octet::arch::chosen.
# A program can have one such library.
#
#   octet_add_multiarch_executable(NAME SOURCES file... [LINK library...] [ARCHS generic avx2 avxvnni avx512vnni neon_dot])
#
# compiles a whole program with an ordinary main() once for each architecture, and adds a small main() that runs one of
# the copies: for programs that use kernels themselves, such as benchmarks.
#
# Either picks the best copy the machine can run. The environment variable OCTET_ARCH=avx2 (or another of
# ARCHS) forces one. Architectures that the compiler does not know are left out. (The copy called generic is compiled
# for the baseline; AArch64's has vectors, so that there it is octet::arch::neon.)
#
# The copies share nothing but the libraries they are linked with. That matters: an inline function such as
# std::vector<int>::push_back is compiled by each of them, and a linker keeps one of all; were it the AVX-512
# one, the baseline program would die on the machine it is for. So each copy's objects are first linked among
# themselves (ld -r) with their COMDAT groups dissolved, all their symbols but the entry - main or octet_networks - are
# made local, and that is renamed octet_main_ARCH or octet_networks_ARCH. Static initialisers run in the chosen copy
# only (see multiarch.ld).
#
# For the user: options, definitions and include folders reach the copies through LINK (an INTERFACE library
# will do) or through the targets NAME_generic, NAME_avx2, ...; libraries with code of their own are linked
# once, so they must be built for the baseline. Link-time optimisation is switched off. Functions marked
# __attribute__((destructor)) would run in every copy: use static objects or std::atexit.

include_guard(GLOBAL)
include(CheckCXXCompilerFlag)
include(CMakeParseArguments)

# The architectures, worst first, and the flags of each. (xsimd wants avx512cd before avx512dq and avx512bw.)
# In the cache, since functions are seen in all directories, but variables only in this one.
set(OCTET_ARCHS generic avx2 avxvnni avx512vnni neon_dot CACHE INTERNAL "")
set(OCTET_FLAGS_generic "" CACHE INTERNAL "")
set(OCTET_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi -mbmi2 CACHE INTERNAL "")
set(OCTET_FLAGS_avxvnni ${OCTET_FLAGS_avx2} -mavxvnni CACHE INTERNAL "")
set(OCTET_FLAGS_avx512vnni ${OCTET_FLAGS_avx2} -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl -mavx512vnni CACHE INTERNAL "")
set(OCTET_FLAGS_neon_dot -march=armv8.2-a+dotprod CACHE INTERNAL "")

# octet_arch_flags(ARCH VARIABLE): the compiler flags of ARCH; FALSE if the compiler has no such architecture.
function(octet_arch_flags arch variable)
  if(NOT arch IN_LIST OCTET_ARCHS)
    message(FATAL_ERROR "octet: there is no architecture \"${arch}\"; there are: ${OCTET_ARCHS}")
  endif()
  set(flags ${OCTET_FLAGS_${arch}})
  if(flags)
    list(JOIN flags " " check)
    check_cxx_compiler_flag("${check}" OCTET_COMPILER_HAS_${arch})
    if(NOT OCTET_COMPILER_HAS_${arch})
      set(flags FALSE)
    endif()
  endif()
  set(${variable} "${flags}" PARENT_SCOPE)
endfunction()

# Whether programs can have copies here; OCTET_LD and OCTET_OBJCOPY are then the tools that close one.
function(octet_can_have_copies name variable)
  # Only GNU's own linker dissolves COMDAT groups; the program itself may be linked by any other.
  find_program(OCTET_LD NAMES ${CMAKE_CXX_LIBRARY_ARCHITECTURE}-ld.bfd ld.bfd ld DOC "GNU ld, for partial linking")
  find_program(OCTET_OBJCOPY NAMES ${CMAKE_CXX_LIBRARY_ARCHITECTURE}-objcopy objcopy DOC "GNU objcopy")
  set(${variable} FALSE PARENT_SCOPE)
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND OCTET_LD AND OCTET_OBJCOPY)
    set(${variable} TRUE PARENT_SCOPE)
  else()
    message(STATUS "octet: ${name} is built for the baseline alone (multi-architecture programs need Linux and GNU binutils)")
  endif()
endfunction()

# octet_add_copies(NAME ENTRY PREFIX SOURCES file... LINK library... ARCHS arch...): to the target NAME, the object of
# each copy; nothing of it is visible but ENTRY, as PREFIX_ARCH. Sets `declarations` and `copies`, the C++ that a file
# written from a template names them by, best first.
function(octet_add_copies name entry prefix)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "SOURCES;LINK;ARCHS")
  if(NOT arg_ARCHS)
    set(arg_ARCHS ${OCTET_ARCHS})
  endif()
  set(tools ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  foreach(arch IN LISTS arg_ARCHS)
    octet_arch_flags(${arch} flags)
    if(flags STREQUAL "FALSE")
      continue()
    endif()
    set(copy ${name}_${arch})
    add_library(${copy} OBJECT ${arg_SOURCES})
    target_link_libraries(${copy} PRIVATE ${arg_LINK})
    target_compile_options(${copy} PRIVATE ${flags} -fno-lto $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>
                                           $<$<CXX_COMPILER_ID:Clang>:-fno-addrsig>)

    set(object ${CMAKE_CURRENT_BINARY_DIR}/${copy}.o)
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${OCTET_LD} -r --require-defined=${entry} -T ${tools}/multiarch.ld -o ${object} $<TARGET_OBJECTS:${copy}>
      COMMAND ${OCTET_OBJCOPY} --redefine-sym ${entry}=${prefix}_${arch} --keep-global-symbol=${prefix}_${arch}
              --rename-section octet_init=octet_init_${arch} ${object}
      DEPENDS $<TARGET_OBJECTS:${copy}> ${tools}/multiarch.ld
      COMMENT "Closing ${copy}.o: nothing of it is visible but ${entry}"
      COMMAND_EXPAND_LISTS VERBATIM)
    set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    target_sources(${name} PRIVATE ${object})
    add_dependencies(${name} ${copy}) # for make: it knows the objects only by their target
  endforeach()

  set(declarations "")
  set(copies "")
  foreach(arch IN LISTS OCTET_ARCHS) # worst first, whatever the order of ARCHS
    if(TARGET ${name}_${arch})
      set(begin __start_octet_init_${arch}) # the linker's bounds of a section; weak, since a copy may have no initialisers
      set(end __stop_octet_init_${arch})
      string(APPEND declarations "extern \"C\" Function ${prefix}_${arch};\n"
             "extern \"C\" [[gnu::weak]] const octet_multiarch::Initialiser ${begin}[], ${end}[];\n")
      string(PREPEND copies "    {\"${arch}\", ${prefix}_${arch}, ${begin}, ${end}},\n")
    endif()
  endforeach()
  if(NOT copies)
    message(FATAL_ERROR "octet: ${name} has no copy, since the compiler has none of: ${arg_ARCHS}")
  endif()
  set(declarations "${declarations}" PARENT_SCOPE)
  set(copies "${copies}" PARENT_SCOPE)
endfunction()

function(octet_add_multiarch_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;ARCHS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "octet_add_multiarch_executable(NAME SOURCES file... [LINK library...] [ARCHS arch...])")
  endif()
  octet_can_have_copies(${name} can)
  if(NOT can)
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_LINK})
    return()
  endif()
  set(tools ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  set(choice ${CMAKE_CURRENT_BINARY_DIR}/${name}_choice.cpp)
  add_executable(${name} ${choice})
  target_include_directories(${name} PRIVATE ${tools})
  target_link_libraries(${name} PRIVATE ${arg_LINK} xsimd)
  target_compile_features(${name} PRIVATE cxx_std_20)
  octet_add_copies(${name} main octet_main SOURCES ${arg_SOURCES} LINK ${arg_LINK} ARCHS ${arg_ARCHS})
  configure_file(${tools}/multiarch_main.cpp.in ${choice} @ONLY)
endfunction()

function(octet_add_networks name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;ARCHS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "octet_add_networks(NAME SOURCES file... [LINK library...] [ARCHS arch...])")
  endif()
  set(tools ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  set(choice ${CMAKE_CURRENT_BINARY_DIR}/${name}_choice.cpp)
  add_library(${name} STATIC ${choice})
  target_include_directories(${name} PRIVATE ${tools})
  target_link_libraries(${name} PUBLIC octet::octet PRIVATE ${arg_LINK} xsimd)
  octet_can_have_copies(${name} can)
  if(can)
    octet_add_copies(${name} octet_networks octet_networks SOURCES ${arg_SOURCES} LINK octet::octet ${arg_LINK} ARCHS ${arg_ARCHS})
  else()
    target_sources(${name} PRIVATE ${arg_SOURCES})
    set(declarations "extern \"C\" Function octet_networks;\n")
    set(copies "    {\"generic\", octet_networks, nullptr, nullptr},\n")
  endif()
  configure_file(${tools}/multiarch_networks.cpp.in ${choice} @ONLY)
endfunction()
