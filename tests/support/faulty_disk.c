// A disk that can lose power and fail, for the files of one folder: preloaded before libc, it writes down every change of them
// (FAULTY_LOG), and which fsync reached the "disk"; every FAULTY_EIO-th fsync of them fails.
//
// The log is records of five 64-bit numbers {what, file, offset, length, 0} and, after a write, its bytes.
// what: 1 open (length: of the path that follows), 2 write, 3 sync, 4 truncate (offset: new size), 5 unlink (path follows).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST 1024
static int64_t file_of[MOST];
static int64_t newest_file;
static int log_fd = -1, every_eio, syncs;
static const char *folder;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_open)(const char *, int, ...);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_ftruncate)(int, off_t), (*real_close)(int), (*real_unlink)(const char *);

__attribute__((constructor)) static void begin(void) {
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  real_open = dlsym(RTLD_NEXT, "open");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
  real_close = dlsym(RTLD_NEXT, "close");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  folder = getenv("FAULTY_FOLDER");
  const char *eio = getenv("FAULTY_EIO"), *log = getenv("FAULTY_LOG");
  every_eio = eio ? atoi(eio) : 0;
  if (log) log_fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(int64_t what, int64_t file, int64_t offset, int64_t length, const void *bytes) {
  if (log_fd < 0) return;
  int64_t head[5] = {what, file, offset, length, 0};
  size_t size = sizeof head + (bytes ? (size_t)length : 0);
  char *record = malloc(size);
  memcpy(record, head, sizeof head);
  if (bytes) memcpy(record + sizeof head, bytes, (size_t)length);
  for (size_t done = 0; done < size;) {
    ssize_t n = real_write(log_fd, record + done, size - done);
    if (n <= 0) break;
    done += (size_t)n;
  }
  free(record);
}

static int ours(const char *path) {
  size_t n = strlen(path);
  if (!folder || strncmp(path, folder, strlen(folder))) return 0;
  return !(n > 4 && !strcmp(path + n - 4, "-shm")) && !(n > 5 && !strcmp(path + n - 5, ".lock"));
}

static int opened(const char *path, int fd) {
  if (fd >= 0 && fd < MOST && ours(path)) {
    pthread_mutex_lock(&turn);
    file_of[fd] = ++newest_file;
    note(1, newest_file, 0, (int64_t)strlen(path), path);
    pthread_mutex_unlock(&turn);
  }
  return fd;
}

int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return opened(path, real_open(path, flags, mode));
}

int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return opened(path, real_open(path, flags | O_LARGEFILE, mode));
}

int close(int fd) {
  if (fd >= 0 && fd < MOST) file_of[fd] = 0;
  return real_close(fd);
}

static int64_t known(int fd) { return fd >= 0 && fd < MOST ? file_of[fd] : 0; }

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
  int64_t file = known(fd);
  if (!file) return real_pwrite(fd, bytes, size, offset);
  pthread_mutex_lock(&turn);
  ssize_t n = real_pwrite(fd, bytes, size, offset);
  if (n > 0) note(2, file, offset, n, bytes);
  pthread_mutex_unlock(&turn);
  return n;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t offset) { return pwrite(fd, bytes, size, offset); }

ssize_t write(int fd, const void *bytes, size_t size) {
  int64_t file = known(fd);
  if (!file) return real_write(fd, bytes, size);
  return pwrite(fd, bytes, size, lseek(fd, 0, SEEK_CUR));
}

int ftruncate(int fd, off_t size) {
  int64_t file = known(fd);
  pthread_mutex_lock(&turn);
  int rc = real_ftruncate(fd, size);
  if (file && !rc) note(4, file, size, 0, NULL);
  pthread_mutex_unlock(&turn);
  return rc;
}

int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

static int sync_of(int fd, int (*real)(int)) {
  int64_t file = known(fd);
  if (!file) return real(fd);
  pthread_mutex_lock(&turn);
  int failing = every_eio && ++syncs % every_eio == 0;
  if (!failing) note(3, file, 0, 0, NULL);
  pthread_mutex_unlock(&turn);
  if (failing) {
    errno = EIO;
    return -1;
  }
  return getenv("FAULTY_LOG") ? 0 : real(fd);  // what is "on disk" is told by the log alone
}

int fsync(int fd) { return sync_of(fd, real_fsync); }

int fdatasync(int fd) { return sync_of(fd, real_fdatasync); }

int unlink(const char *path) {
  int rc = real_unlink(path);
  if (!rc && ours(path)) {
    pthread_mutex_lock(&turn);
    note(5, 0, 0, (int64_t)strlen(path), path);
    pthread_mutex_unlock(&turn);
  }
  return rc;
}
