// Preloaded into a program, makes one of its changes of files go wrong: the n-th of all writes, synchronizations, truncations,
// renames, removals and new folders, of regular files and folders alone.
//
//   FAULTS_KIND   kill (instead of the n-th), killed (after it), ENOSPC, EIO, short (half of a write); nothing only counts
//   FAULTS_AT     n, from 1
//   FAULTS_COUNT  a file that the number of all such calls is written into at the end
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum kind { NONE, KILL, KILLED, SHORT, FAIL };

static enum kind kind = NONE;
static int failure;
static long moment;
static atomic_long calls;

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("FAULTS_KIND"), *at = getenv("FAULTS_AT");
  moment = at ? atol(at) : 0;
  if (!name) return;
  if (!strcmp(name, "kill")) kind = KILL;
  if (!strcmp(name, "killed")) kind = KILLED;
  if (!strcmp(name, "short")) kind = SHORT;
  if (!strcmp(name, "ENOSPC")) kind = FAIL, failure = ENOSPC;
  if (!strcmp(name, "EIO")) kind = FAIL, failure = EIO;
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("FAULTS_COUNT");
  if (!path) return;
  char text[32];
  int length = snprintf(text, sizeof text, "%ld\n", atomic_load(&calls));
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file >= 0) {
    syscall(SYS_write, file, text, length);
    close(file);
  }
}

/// What is to become of this call.
static enum kind decide(void) {
  if (atomic_fetch_add(&calls, 1) + 1 != moment) return NONE;
  if (kind == KILL) kill(getpid(), SIGKILL);
  return kind;
}

static int is_file(int descriptor) {
  struct stat status;
  return descriptor > 2 && fstat(descriptor, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
}

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

/// A call that gives 0, and `result` where it fails.
#define CALL(call)                    \
  do {                                \
    enum kind fate = decide();        \
    if (fate == FAIL) {               \
      errno = failure;                \
      return -1;                      \
    }                                 \
    int result = call;                \
    if (fate == KILLED) kill(getpid(), SIGKILL); \
    return result;                    \
  } while (0)

ssize_t write(int descriptor, const void *bytes, size_t count) {
  if (!is_file(descriptor)) return NEXT(write)(descriptor, bytes, count);
  enum kind fate = decide();
  if (fate == FAIL) {
    errno = failure;
    return -1;
  }
  ssize_t written = NEXT(write)(descriptor, bytes, fate == SHORT || fate == KILLED ? (count + 1) / 2 : count);
  // Half of it is in the file.
  if (fate == KILLED) kill(getpid(), SIGKILL);
  return written;
}

int fsync(int descriptor) {
  if (!is_file(descriptor)) return NEXT(fsync)(descriptor);
  CALL(NEXT(fsync)(descriptor));
}

int ftruncate(int descriptor, off_t length) { CALL(NEXT(ftruncate)(descriptor, length)); }
int ftruncate64(int descriptor, off64_t length) { CALL(NEXT(ftruncate64)(descriptor, length)); }
int rename(const char *from, const char *to) { CALL(NEXT(rename)(from, to)); }
int renameat(int a, const char *from, int b, const char *to) { CALL(NEXT(renameat)(a, from, b, to)); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
  CALL(NEXT(renameat2)(a, from, b, to, flags));
}
int unlink(const char *path) { CALL(NEXT(unlink)(path)); }
int unlinkat(int folder, const char *path, int flags) { CALL(NEXT(unlinkat)(folder, path, flags)); }
int rmdir(const char *path) { CALL(NEXT(rmdir)(path)); }
int mkdir(const char *path, mode_t mode) { CALL(NEXT(mkdir)(path, mode)); }
