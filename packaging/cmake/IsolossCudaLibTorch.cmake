# isoloss_cuda_libtorch(TARGET FOLDER): an interface library for the CUDA LibTorch in FOLDER (with include, lib and
# share/cmake/Torch, as in LibTorch's archive and in pip's torch). LibTorch's own CMake package is not used: it wants the
# CUDA toolkit, of which nothing is needed here, and two LibTorch cannot be found in one configuration.
function(isoloss_cuda_libtorch target folder)
  set(about "ISOLOSS_LIBTORCH=${folder}")
  set(package "${folder}/share/cmake/Torch")
  if(NOT EXISTS "${package}/TorchConfig.cmake" OR NOT EXISTS "${package}/TorchConfigVersion.cmake")
    message(FATAL_ERROR "${about}: has no share/cmake/Torch/TorchConfig.cmake. "
      "Name the folder of an unpacked LibTorch, or the one that python3 -c 'import torch; print(torch.__path__[0])' says.")
  endif()
  include("${package}/TorchConfigVersion.cmake") # PACKAGE_VERSION
  if(PACKAGE_VERSION VERSION_LESS 2.7)
    message(FATAL_ERROR "${about}: is LibTorch ${PACKAGE_VERSION}; 2.7 or newer is needed for CUDA.")
  endif()
  foreach(name IN ITEMS c10 torch torch_cpu torch_cuda)
    if(NOT EXISTS "${folder}/lib/lib${name}.so")
      message(FATAL_ERROR "${about}: has no lib/lib${name}.so: it is not a shared build of LibTorch for CUDA.")
    endif()
  endforeach()

  # C++ objects cross the border between the program and the module, so strings must look the same in both.
  file(STRINGS "${package}/TorchConfig.cmake" flags REGEX "_GLIBCXX_USE_CXX11_ABI=[01]")
  if(flags MATCHES "_GLIBCXX_USE_CXX11_ABI=([01])")
    set(abi ${CMAKE_MATCH_1})
    include(CheckCXXSourceCompiles)
    check_cxx_source_compiles("
      #include <string>
      #if _GLIBCXX_USE_CXX11_ABI != ${abi}
      #error another ABI
      #endif
      int main() {}" ISOLOSS_CXX11_ABI_IS_${abi})
    if(NOT ISOLOSS_CXX11_ABI_IS_${abi})
      message(FATAL_ERROR "${about}: was compiled with _GLIBCXX_USE_CXX11_ABI=${abi}, Isoloss is not. "
        "Take a LibTorch with the C++11 ABI (all of pip's since 2.7; archives named cxx11-abi).")
    endif()
  endif()

  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE
    "${folder}/include" "${folder}/include/torch/csrc/api/include")
  # Nothing names a symbol of torch_cuda; it registers itself when it is loaded.
  target_link_libraries(${target} INTERFACE
    "${folder}/lib/libtorch.so" "${folder}/lib/libtorch_cpu.so" "${folder}/lib/libc10.so"
    "-Wl,--push-state,--no-as-needed,${folder}/lib/libtorch_cuda.so,--pop-state")
  message(STATUS "CUDA module: LibTorch ${PACKAGE_VERSION} in ${folder}")
endfunction()
