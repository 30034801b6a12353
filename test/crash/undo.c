/*
 * What a power cut would take away, for power.ts.
 *
 * kill -9 leaves the page cache alive, so a broker that confirms before it syncs looks perfect under it. Preloaded
 * into the broker, this library writes to UNDO_LOG what UNDO_DIR and the files below it held before each change, and
 * a record for every fsync or fdatasync that came back. After the kill, power.ts puts back what no sync had covered.
 *
 *   record: kind u8 | path length u16 | bytes u32 | extent u64 | offset u64 | size u64 | path | bytes     (host byte
 * order) W  write: bytes = what [offset, offset + extent) held, size = the file's old size (a truncation is one, too)
 *   C  created    R  renamed, bytes = the new path    U  unlinked
 *      what R and U replaced stays alive as the hard link UNDO_LOG.<the record's own offset in the log>
 *   S  synced: file or folder; covers the records that begin before `extent`, the log's end when the sync began
 *
 * One lock is held over a before-image and its write, so no record stands for a write that a sync might have missed.
 * UNDO_SHORT=n cuts every n-th positional write short, as a nearly full disk may. (strace can't: a call whose result
 * it makes up is not executed, so the bytes that it reports as written never are.)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(name)                                                                                                   \
  ({                                                                                                                 \
    static __typeof__(name) *f;                                                                                      \
    if (!f)                                                                                                          \
      f = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                                                               \
    f;                                                                                                               \
  })

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *root, *log_path;
static int log_fd = -1, short_every, positional_writes;

__attribute__((constructor)) static void begin(void) {
  const char *every = getenv("UNDO_SHORT");
  short_every = every ? atoi(every) : 0;
  if (!(log_path = getenv("UNDO_LOG")) || !getenv("UNDO_DIR"))
    return;
  log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  root = getenv("UNDO_DIR"); /* last: from here on every call is watched */
}

static int below(const char *path) {
  size_t n = root ? strlen(root) : 0;
  return root && !strncmp(path, root, n) && (path[n] == '/' || !path[n]);
}

static int watched(int fd, char path[4096]) {
  char link[40];
  if (!root || fd == log_fd)
    return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, 4095);
  if (n > 0)
    path[n] = 0;
  return n > 0 && below(path);
}

static uint64_t log_end(void) { return (uint64_t)lseek64(log_fd, 0, SEEK_END); }

static void note(char kind, const char *path, uint64_t extent, uint64_t offset, uint64_t size, const void *bytes,
                 uint32_t n) {
  uint16_t length = (uint16_t)strlen(path);
  size_t all = 31 + (size_t)length + n;
  char *r = malloc(all);
  r[0] = kind;
  memcpy(r + 1, &length, 2);
  memcpy(r + 3, &n, 4);
  memcpy(r + 7, &extent, 8);
  memcpy(r + 15, &offset, 8);
  memcpy(r + 23, &size, 8);
  memcpy(r + 31, path, length);
  memcpy(r + 31 + length, bytes, n);
  if (NEXT(write)(log_fd, r, all) != (ssize_t)all)
    _exit(99); /* a log with a hole would prove nothing */
  free(r);
}

static void before(int fd, const char *path, off64_t offset, uint64_t extent) {
  struct stat64 st;
  char link[40], *old = malloc(extent + 1);
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  int reader = NEXT(open64)(link, O_RDONLY | O_CLOEXEC); /* the descriptor itself may be write-only */
  ssize_t got = reader < 0 ? 0 : pread64(reader, old, extent, offset);
  if (reader >= 0)
    close(reader);
  if (!fstat64(fd, &st) && S_ISREG(st.st_mode))
    note('W', path, extent, (uint64_t)offset, (uint64_t)st.st_size, old, got > 0 ? (uint32_t)got : 0);
  free(old);
}

#define LOCKED(statement)                                                                                            \
  pthread_mutex_lock(&lock);                                                                                         \
  statement;                                                                                                         \
  int saved = errno;                                                                                                 \
  pthread_mutex_unlock(&lock);                                                                                       \
  errno = saved;                                                                                                     \
  return result

static ssize_t write_at(int fd, const struct iovec *v, int count, off64_t at,
                        ssize_t (*call)(int, const struct iovec *, int, off64_t)) {
  char path[4096];
  size_t n = 0;
  if (!watched(fd, path))
    return call(fd, v, count, at);
  for (int i = 0; i < count; i++)
    n += v[i].iov_len;
  struct stat64 st;
  off64_t real = at >= 0                                                ? at
                 : (fcntl(fd, F_GETFL) & O_APPEND) && !fstat64(fd, &st) ? st.st_size
                                                                        : lseek64(fd, 0, SEEK_CUR);
  struct iovec half = {v[0].iov_base, v[0].iov_len / 2};
  int cut = at >= 0 && short_every && half.iov_len && ++positional_writes % short_every == 0;
  LOCKED(before(fd, path, real, n); ssize_t result = cut ? call(fd, &half, 1, at) : call(fd, v, count, at));
}

static ssize_t real_write(int fd, const struct iovec *v, int c, off64_t at) {
  (void)c, (void)at;
  return NEXT(write)(fd, v->iov_base, v->iov_len);
}
static ssize_t real_writev(int fd, const struct iovec *v, int c, off64_t at) {
  (void)at;
  return NEXT(writev)(fd, v, c);
}
static ssize_t real_pwrite(int fd, const struct iovec *v, int c, off64_t at) {
  (void)c;
  return NEXT(pwrite64)(fd, v->iov_base, v->iov_len, at);
}
static ssize_t real_pwritev(int fd, const struct iovec *v, int c, off64_t at) {
  return NEXT(pwritev64)(fd, v, c, at);
}

ssize_t write(int fd, const void *b, size_t n) {
  struct iovec v = {(void *)b, n};
  return write_at(fd, &v, 1, -1, real_write);
}
ssize_t writev(int fd, const struct iovec *v, int c) { return write_at(fd, v, c, -1, real_writev); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) {
  struct iovec v = {(void *)b, n};
  return write_at(fd, &v, 1, at, real_pwrite);
}
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { return pwrite64(fd, b, n, at); }
ssize_t pwritev64(int fd, const struct iovec *v, int c, off64_t at) { return write_at(fd, v, c, at, real_pwritev); }
ssize_t pwritev(int fd, const struct iovec *v, int c, off_t at) { return pwritev64(fd, v, c, at); }

int ftruncate64(int fd, off64_t size) {
  char path[4096];
  struct stat64 st;
  if (!watched(fd, path) || fstat64(fd, &st))
    return NEXT(ftruncate64)(fd, size);
  off64_t from = size < st.st_size ? size : st.st_size;
  LOCKED(before(fd, path, from, (uint64_t)(st.st_size - from)); int result = NEXT(ftruncate64)(fd, size));
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int opened(const char *path, int flags, mode_t mode) {
  struct stat64 st;
  if (!(flags & (O_CREAT | O_TRUNC)) || !below(path))
    return NEXT(open64)(path, flags, mode);
  if (stat64(path, &st)) {
    LOCKED(note('C', path, 0, 0, 0, "", 0); int result = NEXT(open64)(path, flags, mode));
  }
  int result = NEXT(open64)(path, flags & ~O_TRUNC, mode);
  return result >= 0 && (flags & O_TRUNC) && ftruncate64(result, 0) ? -1 : result;
}
#define OPEN(name)                                                                                                   \
  int name(const char *path, int flags, ...) {                                                                       \
    va_list a;                                                                                                       \
    va_start(a, flags);                                                                                              \
    mode_t m = va_arg(a, mode_t);                                                                                    \
    va_end(a);                                                                                                       \
    return opened(path, flags, m);                                                                                   \
  }
OPEN(open)
OPEN(open64)

    static void gone(char kind, const char *path, const char *to) {
  char kept[4096];
  snprintf(kept, sizeof kept, "%s.%llu", log_path, (unsigned long long)log_end());
  if (link(kind == 'R' ? to : path, kept)) {
  } /* nothing stood there: nothing to bring back */
  note(kind, path, 0, 0, 0, to, (uint32_t)strlen(to));
}
int rename(const char *from, const char *to) {
  if (!below(to))
    return NEXT(rename)(from, to);
  LOCKED(gone('R', from, to); int result = NEXT(rename)(from, to));
}
int unlink(const char *path) {
  if (!below(path))
    return NEXT(unlink)(path);
  LOCKED(gone('U', path, ""); int result = NEXT(unlink)(path));
}

static int synced(int fd, int (*call)(int)) {
  char path[4096];
  if (!watched(fd, path))
    return call(fd);
  pthread_mutex_lock(&lock);
  uint64_t upto = log_end();
  pthread_mutex_unlock(&lock);
  int failed = call(fd);
  if (failed)
    return failed;
  LOCKED(note('S', path, upto, 0, 0, "", 0); int result = 0);
}
int fsync(int fd) { return synced(fd, NEXT(fsync)); }
int fdatasync(int fd) { return synced(fd, NEXT(fdatasync)); }
