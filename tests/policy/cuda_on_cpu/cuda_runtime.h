#pragma once

#include <cstdlib>
#include <cstring>

// What image_kernels.cu needs of CUDA, for g++: memory is the CPU's, and a kernel's threads run one
// after another, at once. So kernels are tested where there is no GPU: what they compute and where
// they read and write, but not that they start in the right order.

#define __global__
#define __device__
#define __host__

using cudaError_t = int;
using cudaEvent_t = int*;
using cudaStream_t = void*;

inline constexpr cudaError_t cudaSuccess = 0;
inline constexpr int cudaMemcpyHostToDevice = 1;
inline constexpr int cudaMemcpyDeviceToHost = 2;
inline constexpr unsigned cudaEventDisableTiming = 2;

struct dim3 {
  unsigned x = 1;
};
inline thread_local dim3 blockIdx;
inline thread_local dim3 blockDim;
inline thread_local dim3 threadIdx;

inline const char* cudaGetErrorString(cudaError_t /*status*/) {
  return "no error";
}

// Memory that nobody has written yet holds no zeros.
template <typename T>
cudaError_t cudaMalloc(T** data, size_t num_bytes) {
  *data = static_cast<T*>(std::malloc(num_bytes));
  std::memset(static_cast<void*>(*data), 0xAB, num_bytes);
  return cudaSuccess;
}

template <typename T>
cudaError_t cudaMallocHost(T** data, size_t num_bytes) {
  return cudaMalloc(data, num_bytes);
}

inline cudaError_t cudaFree(void* data) {
  std::free(data);
  return cudaSuccess;
}

inline cudaError_t cudaFreeHost(void* data) {
  return cudaFree(data);
}

inline cudaError_t cudaMemcpy(void* to, const void* from, size_t num_bytes, int /*kind*/) {
  std::memcpy(to, from, num_bytes);
  return cudaSuccess;
}

inline cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t num_bytes, int kind,
                                   cudaStream_t /*stream*/) {
  return cudaMemcpy(to, from, num_bytes, kind);
}

inline cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}

inline cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}

inline cudaError_t cudaSetDevice(int device) {
  return device == 0 ? cudaSuccess : 1;
}

inline cudaError_t cudaEventCreate(cudaEvent_t* event) {
  *event = nullptr;
  return cudaSuccess;
}

inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned /*flags*/) {
  return cudaEventCreate(event);
}

inline cudaError_t cudaEventDestroy(cudaEvent_t /*event*/) {
  return cudaSuccess;
}

inline cudaError_t cudaEventRecord(cudaEvent_t /*event*/, cudaStream_t /*stream*/ = nullptr) {
  return cudaSuccess;
}

inline cudaError_t cudaEventSynchronize(cudaEvent_t /*event*/) {
  return cudaSuccess;
}

inline cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t /*begin*/,
                                        cudaEvent_t /*end*/) {
  *milliseconds = 1;
  return cudaSuccess;
}

inline cudaError_t cudaStreamWaitEvent(cudaStream_t /*stream*/, cudaEvent_t /*event*/,
                                       unsigned /*flags*/) {
  return cudaSuccess;
}

template <typename Argument>
cudaError_t cudaLaunchKernel(void (*kernel)(Argument), dim3 grid, dim3 block, void** arguments,
                             size_t /*shared_bytes*/, cudaStream_t /*stream*/) {
  blockDim = block;
  for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x) {
    for (threadIdx.x = 0; threadIdx.x < block.x; ++threadIdx.x) {
      kernel(*static_cast<Argument*>(arguments[0]));
    }
  }
  return cudaSuccess;
}
