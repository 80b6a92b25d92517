#include "relay_processes.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

int relay_pipe(int32_t *ends, size_t count, int own) {
  int made[2];
  if (count < 2 || own < 0 || own > 1) return -EINVAL;
  if (pipe2(made, O_CLOEXEC) != 0) return -errno;
  if (fcntl(made[own], F_SETFL, O_NONBLOCK) != 0) {
    int error = errno;
    close(made[0]);
    close(made[1]);
    return -error;
  }
  ends[0] = made[0];
  ends[1] = made[1];
  return 0;
}

// The strings of a block, with NULL behind the last; free the list, not the strings.
static char **list_of(const uint8_t *block, size_t count) {
  size_t strings = 0;
  if (count > 0 && block[count - 1] != 0) return NULL;
  for (size_t i = 0; i < count; i++) strings += block[i] == 0;
  char **list = calloc(strings + 1, sizeof *list);
  size_t start = 0;
  for (size_t i = 0; list != NULL && i < strings; i++) {
    list[i] = (char *)block + start;
    start += strlen(list[i]) + 1;
  }
  return list;
}

static int set_descriptors(posix_spawn_file_actions_t *actions, int input, int output, int error) {
  int given[3] = {input, output, error};
  for (int i = 0; i < 3; i++) {
    int result =
        given[i] < 0
            ? posix_spawn_file_actions_addopen(actions, i, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY, 0)
            : posix_spawn_file_actions_adddup2(actions, given[i], i);
    if (result != 0) return result;
  }
  // All of ours are closed on exec; what a library or the parent of this process left open is not.
  return posix_spawn_file_actions_addclosefrom_np(actions, 3);
}

static int set_attributes(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int result = posix_spawnattr_setflags(
      attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (result == 0) result = posix_spawnattr_setpgroup(attributes, 0);
  if (result == 0) result = posix_spawnattr_setsigmask(attributes, &none);
  if (result == 0) result = posix_spawnattr_setsigdefault(attributes, &all);
  return result;
}

int relay_spawn(const uint8_t *arguments, size_t arguments_count, const uint8_t *environment,
                size_t environment_count, int inherits, int input, int output, int error) {
  char **argv = list_of(arguments, arguments_count);
  char **envp = inherits ? environ : list_of(environment, environment_count);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  pid_t pid = 0;
  int result = argv == NULL || argv[0] == NULL || envp == NULL ? EINVAL : 0;
  if (result == 0 && (result = posix_spawn_file_actions_init(&actions)) == 0) {
    if ((result = posix_spawnattr_init(&attributes)) == 0) {
      result = set_descriptors(&actions, input, output, error);
      if (result == 0) result = set_attributes(&attributes);
      if (result == 0) result = posix_spawnp(&pid, argv[0], &actions, &attributes, argv, envp);
      posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
  }
  free(argv);
  if (!inherits) free(envp);
  return result == 0 ? (int)pid : -result;
}

int relay_process_watch(int pid) {
  // Not waited for yet, the number is still this child's.
  int fd = (int)syscall(SYS_pidfd_open, pid, 0);
  return fd < 0 ? -errno : fd;
}

void relay_process_kill_group(int pid) { kill(-pid, SIGKILL); }

int relay_process_reap(int pid) {
  int status = 0;
  pid_t found;
  do found = waitpid(pid, &status, WNOHANG);
  while (found < 0 && errno == EINTR);
  if (found < 0) return -errno;
  if (found == 0) return -EAGAIN;
  return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

ssize_t relay_read_some(int fd, uint8_t *bytes, size_t count) {
  return RELAY_RETRY(read(fd, bytes, count));
}

ssize_t relay_write_some(int fd, const uint8_t *bytes, size_t count) {
  sigset_t broken, before;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken, &before);
  ssize_t result = RELAY_RETRY(write(fd, bytes, count));
  if (result == -EPIPE) {
    // The signal is this thread's and waits; it must be gone before the mask is.
    static const struct timespec at_once = {0, 0};
    while (sigtimedwait(&broken, NULL, &at_once) < 0 && errno == EINTR) {}
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return result;
}

void relay_pause(int milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  nanosleep(&time, NULL);
}
