// Tells ThreadSanitizer of the two steps of Swift's Mutex that it cannot see.
//
// Taking a free lock is compiled into the caller, with the sanitizer's instructions. Taking one that
// another thread holds, and giving it on, are calls into libswiftSynchronization, which has none:
// without this every contended lock would be reported as a race. Preloaded into the tests; nothing
// is suppressed by it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef __attribute__((swiftcall)) void (*lock_function)(
    uint32_t thread, __attribute__((swift_context)) void *mutex);
typedef __attribute__((swiftcall)) void (*unlock_function)(
    __attribute__((swift_context)) void *mutex);

// The runtime's, in a program that was built with the sanitizer; others are preloaded as well.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

__attribute__((swiftcall)) void annotated_lock(
    uint32_t thread, __attribute__((swift_context)) void *mutex) __asm__(LOCK);
__attribute__((swiftcall)) void annotated_unlock(
    __attribute__((swift_context)) void *mutex) __asm__(UNLOCK);

__attribute__((swiftcall)) void annotated_lock(
    uint32_t thread, __attribute__((swift_context)) void *mutex) {
  lock_function lock = (lock_function)dlsym(RTLD_NEXT, LOCK);
  lock(thread, mutex);
  if (__tsan_acquire) __tsan_acquire(mutex);
}

__attribute__((swiftcall)) void annotated_unlock(__attribute__((swift_context)) void *mutex) {
  unlock_function unlock = (unlock_function)dlsym(RTLD_NEXT, UNLOCK);
  if (__tsan_release) __tsan_release(mutex);
  unlock(mutex);
}
