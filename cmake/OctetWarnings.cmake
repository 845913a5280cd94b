# octet_warnings: linked by octet's own tests, examples and benchmarks, never by those who use octet.
# clang counts -Wsign-conversion as part of -Wconversion, g++ does not: both are held to the same.
set(OCTET_WARNINGS -Wall -Wextra -Wconversion -Wno-sign-conversion -Wshadow -Werror)

add_library(octet_warnings INTERFACE)
target_compile_options(octet_warnings INTERFACE ${OCTET_WARNINGS})

# What g++ before 13 gets wrong: its own AVX-512 intrinsics would be uninitialised (GCC bug 105593), and
# "text" + std::string would overlap (105651). clang++ checks the same sources.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(octet_warnings INTERFACE -Wno-uninitialized -Wno-maybe-uninitialized -Wno-restrict)
endif()
