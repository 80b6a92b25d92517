#ifndef RELAY_FILES_H
#define RELAY_FILES_H

#include "relay_base.h"

#define RELAY_OPEN_CREATE 1
#define RELAY_OPEN_EXCLUSIVE 2
#define RELAY_OPEN_READ_ONLY 4

/// Opens a regular file; never through a symbolic link in its last component when creating.
int relay_open(const char *path, int flags, unsigned mode);
ssize_t relay_read_at(int fd, uint8_t *RELAY_BYTES(count) bytes, size_t count, int64_t offset);
/// Reads past the page cache where the file system allows it; `bytes` need no alignment. Returns
/// -EINVAL where it does not.
ssize_t relay_read_direct(const char *path, uint8_t *RELAY_BYTES(count) bytes, size_t count,
                          int64_t offset);
/// Writes all of it; short writes are continued.
int relay_write_at(int fd, const uint8_t *RELAY_BYTES(count) bytes, size_t count, int64_t offset);
int relay_sync_data(int fd);
int relay_sync(int fd);
int relay_sync_directory(const char *path);
int relay_allocate(int fd, int64_t size);
int relay_truncate(int fd, int64_t size);
int relay_drop_cache(int fd);
int64_t relay_size(int fd);
/// The same; -ENOENT for a file whose last name was removed while it was open.
int64_t relay_linked_size(int fd);
/// The permission bits of a regular file; -EINVAL for anything else.
int relay_permissions(const char *path);
/// Takes the exclusive lock without waiting.
int relay_lock(int fd);
/// Whether somebody else holds the lock: 1, 0 or -errno.
int relay_is_locked(int fd);
int relay_make_directory(const char *path, unsigned mode);
int relay_rename(const char *from, const char *to);
int relay_remove(const char *path);
int64_t relay_free_bytes(const char *path);
/// Writes the names of a directory, each ended by NUL. Returns the bytes written, or -ENOBUFS.
ssize_t relay_list(const char *path, uint8_t *RELAY_BYTES(count) names, size_t count);
#define RELAY_ZERO_BYTES 4096

// So many zeros.
const uint8_t *relay_zeros(void);

uint32_t relay_crc32c(uint32_t seed, const uint8_t *RELAY_BYTES(count) bytes, size_t count);

#endif
