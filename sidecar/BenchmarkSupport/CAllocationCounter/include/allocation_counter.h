/// Counts what a thread asks of the allocator: the program's `malloc` is this one.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H
#include <stdint.h>

/// How many times the calling thread has asked for memory since it started.
uint64_t allocation_count(void);

#endif
