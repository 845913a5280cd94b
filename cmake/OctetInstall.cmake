# cmake --install, and the package that find_package(octet) reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/octet) # share: headers alone belong to no architecture

install(DIRECTORY include/octet TYPE INCLUDE FILES_MATCHING PATTERN "*.hpp")
install(TARGETS octet EXPORT octetTargets)
install(EXPORT octetTargets NAMESPACE octet:: DESTINATION ${package_dir})

configure_package_config_file(cmake/octetConfig.cmake.in ${PROJECT_BINARY_DIR}/octetConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/octetConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(
  FILES ${PROJECT_BINARY_DIR}/octetConfig.cmake ${PROJECT_BINARY_DIR}/octetConfigVersion.cmake
        cmake/OctetMultiArch.cmake cmake/multiarch.ld cmake/multiarch_copies.hpp cmake/multiarch_main.cpp.in
        cmake/multiarch_networks.cpp.in cmake/OctetQuantizer.cmake
  DESTINATION ${package_dir})
install(DIRECTORY examples/quantizer DESTINATION ${CMAKE_INSTALL_DATADIR}/octet FILES_MATCHING PATTERN "*.[ch]pp")
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
