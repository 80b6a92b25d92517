#include "relay_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define DIRECT_ALIGNMENT 4096

static int result_of(int result) { return result == 0 ? 0 : -errno; }

int relay_open(const char *path, int flags, unsigned mode) {
  // Without O_NONBLOCK the open of a pipe that nobody writes to would wait for somebody to: a path
  // in a configuration must not hold up the thread that reads it. A regular file never blocks.
  int open_flags = O_CLOEXEC | (flags & RELAY_OPEN_READ_ONLY ? O_RDONLY | O_NONBLOCK : O_RDWR);
  if (flags & RELAY_OPEN_CREATE) open_flags |= O_CREAT | O_NOFOLLOW;
  if (flags & RELAY_OPEN_EXCLUSIVE) open_flags |= O_EXCL;
  return (int)RELAY_RETRY(open(path, open_flags, mode));
}

ssize_t relay_read_at(int fd, uint8_t *bytes, size_t count, int64_t offset) {
  size_t done = 0;
  while (done < count) {
    ssize_t got = RELAY_RETRY(pread(fd, bytes + done, count - done, offset + (int64_t)done));
    if (got < 0) return got;
    if (got == 0) break;
    done += (size_t)got;
  }
  return (ssize_t)done;
}

ssize_t relay_read_direct(const char *path, uint8_t *bytes, size_t count, int64_t offset) {
  int fd = (int)RELAY_RETRY(open(path, O_RDONLY | O_CLOEXEC | O_DIRECT));
  if (fd < 0) return fd == -EOPNOTSUPP ? -EINVAL : fd;
  // The kernel wants aligned offsets, lengths and memory; whole blocks around the range have them.
  int64_t start = offset / DIRECT_ALIGNMENT * DIRECT_ALIGNMENT;
  size_t lead = (size_t)(offset - start);
  size_t length = (lead + count + DIRECT_ALIGNMENT - 1) / DIRECT_ALIGNMENT * DIRECT_ALIGNMENT;
  void *buffer = NULL;
  if (posix_memalign(&buffer, DIRECT_ALIGNMENT, length) != 0) {
    close(fd);
    return -ENOMEM;
  }
  // Only an empty or unaligned read is the end of the file: a short one in the middle, taken for
  // the end, would make recovery cut off what is there.
  size_t done = 0;
  ssize_t got = 0;
  while (done < length) {
    got = RELAY_RETRY(pread(fd, (uint8_t *)buffer + done, length - done, start + (int64_t)done));
    if (got <= 0) break;
    done += (size_t)got;
    if (got % DIRECT_ALIGNMENT != 0) break;
  }
  close(fd);
  if (got >= 0) {
    got = done > lead ? (ssize_t)(done - lead) : 0;
    if (got > (ssize_t)count) got = (ssize_t)count;
    memcpy(bytes, (uint8_t *)buffer + lead, (size_t)got);
  }
  free(buffer);
  return got;
}

int relay_write_at(int fd, const uint8_t *bytes, size_t count, int64_t offset) {
  size_t done = 0;
  while (done < count) {
    ssize_t put = RELAY_RETRY(pwrite(fd, bytes + done, count - done, offset + (int64_t)done));
    if (put < 0) return (int)put;
    if (put == 0) return -EIO;
    done += (size_t)put;
  }
  return 0;
}

// A sync is never repeated after an error: the second one would succeed without having written.
int relay_sync_data(int fd) { return result_of(fdatasync(fd)); }
int relay_sync(int fd) { return result_of(fsync(fd)); }

int relay_sync_directory(const char *path) {
  int fd = (int)RELAY_RETRY(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd < 0) return fd;
  int result = result_of(fsync(fd));
  close(fd);
  return result;
}

int relay_allocate(int fd, int64_t size) { return (int)RELAY_RETRY(fallocate(fd, 0, 0, size)); }
int relay_truncate(int fd, int64_t size) { return (int)RELAY_RETRY(ftruncate(fd, size)); }
int relay_drop_cache(int fd) { return -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); }

int64_t relay_size(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? (int64_t)status.st_size : -errno;
}

int64_t relay_linked_size(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return -errno;
  return status.st_nlink > 0 ? (int64_t)status.st_size : -ENOENT;
}

int relay_permissions(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0) return -errno;
  return S_ISREG(status.st_mode) ? (int)(status.st_mode & 07777) : -EINVAL;
}

int relay_lock(int fd) { return (int)RELAY_RETRY(flock(fd, LOCK_EX | LOCK_NB)); }

int relay_is_locked(int fd) {
  if (flock(fd, LOCK_SH | LOCK_NB) == 0) {
    flock(fd, LOCK_UN);
    return 0;
  }
  return errno == EWOULDBLOCK ? 1 : -errno;
}

int relay_make_directory(const char *path, unsigned mode) {
  return result_of(mkdir(path, mode));
}

int relay_rename(const char *from, const char *to) { return result_of(rename(from, to)); }
int relay_remove(const char *path) { return result_of(remove(path)); }

int64_t relay_free_bytes(const char *path) {
  struct statvfs status;
  if (statvfs(path, &status) != 0) return -errno;
  return (int64_t)status.f_bavail * (int64_t)status.f_frsize;
}

ssize_t relay_list(const char *path, uint8_t *names, size_t count) {
  DIR *directory = opendir(path);
  if (directory == NULL) return -errno;
  size_t used = 0;
  struct dirent *entry;
  errno = 0;
  while ((entry = readdir(directory)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    size_t length = strlen(entry->d_name) + 1;
    if (length > count - used) {
      closedir(directory);
      return -ENOBUFS;
    }
    memcpy(names + used, entry->d_name, length);
    used += length;
  }
  int error = errno;
  closedir(directory);
  return error == 0 ? (ssize_t)used : -error;
}

const uint8_t *relay_zeros(void) {
  static const uint8_t zeros[RELAY_ZERO_BYTES];
  return zeros;
}
