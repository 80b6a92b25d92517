// A disk that remembers every write and every flush in order.
//
//     recorder IMAGE LOG MEGABYTES MOUNTPOINT
//
// Mounts a folder with two files. `disk` is for a loop device: what is written to it goes to IMAGE,
// and to LOG as it came. `mark` takes numbers in decimal: what a test wants to find in the order.
//
// LOG is a row of entries: kind (1 write, 2 flush, 3 mark), position or number, length, each a
// little-endian 64-bit integer, and behind a write its bytes.
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { WRITE = 1, FLUSH = 2, MARK = 3 };

static int image, recording;
static off_t disk_bytes;

static int append(const void *bytes, size_t count) {
  for (const char *at = bytes; count > 0;) {
    ssize_t done = write(recording, at, count);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return -errno;
    at += done;
    count -= (size_t)done;
  }
  return 0;
}

static int entry(enum kind kind, uint64_t at, uint64_t length) {
  uint64_t fields[3] = {kind, at, length};
  return append(fields, sizeof fields);
}

static int is_mark(const char *path) { return strcmp(path, "/mark") == 0; }

static int attributes(const char *path, struct stat *out, struct fuse_file_info *file) {
  (void)file;
  memset(out, 0, sizeof *out);
  if (strcmp(path, "/") == 0) {
    out->st_mode = S_IFDIR | 0755;
    out->st_nlink = 2;
    return 0;
  }
  if (strcmp(path, "/disk") != 0 && !is_mark(path)) return -ENOENT;
  out->st_mode = S_IFREG | 0600;
  out->st_nlink = 1;
  out->st_size = is_mark(path) ? 0 : disk_bytes;
  return 0;
}

static int open_file(const char *path, struct fuse_file_info *file) {
  (void)path;
  file->direct_io = 1;
  return 0;
}

static int shorten(const char *path, off_t length, struct fuse_file_info *file) {
  (void)length, (void)file;
  return is_mark(path) ? 0 : -EPERM;
}

static int read_bytes(const char *path, char *bytes, size_t count, off_t at,
                      struct fuse_file_info *file) {
  (void)file;
  if (is_mark(path)) return 0;
  ssize_t done = pread(image, bytes, count, at);
  return done < 0 ? -errno : (int)done;
}

static int write_bytes(const char *path, const char *bytes, size_t count, off_t at,
                       struct fuse_file_info *file) {
  (void)file;
  if (is_mark(path)) {
    char digits[24] = {0};
    memcpy(digits, bytes, count < sizeof digits ? count : sizeof digits - 1);
    int failure = entry(MARK, strtoull(digits, NULL, 10), 0);
    return failure ? failure : (int)count;
  }
  int failure = entry(WRITE, (uint64_t)at, count);
  if (!failure) failure = append(bytes, count);
  if (failure) return failure;
  ssize_t done = pwrite(image, bytes, count, at);
  return done < 0 ? -errno : (int)done;
}

static int flush_disk(const char *path, int data_only, struct fuse_file_info *file) {
  (void)data_only, (void)file;
  return is_mark(path) ? 0 : entry(FLUSH, 0, 0);
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: recorder IMAGE LOG MEGABYTES MOUNTPOINT\n");
    return 2;
  }
  disk_bytes = (off_t)strtoll(arguments[3], NULL, 10) << 20;
  image = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
  recording = open(arguments[2], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  if (image < 0 || recording < 0 || ftruncate(image, disk_bytes) != 0) {
    perror("recorder");
    return 1;
  }
  struct fuse_operations operations = {
      .getattr = attributes,
      .open = open_file,
      .truncate = shorten,
      .read = read_bytes,
      .write = write_bytes,
      .fsync = flush_disk,
  };
  // One thread: the order in the log is the order of the disk.
  char *options[] = {arguments[0], "-f", "-s", arguments[4], NULL};
  return fuse_main(4, options, &operations, NULL);
}
