/*
 * Loaded before the C library, lets every fsync take longer, as on a disk that has no cache to answer from.
 * How much longer, in microseconds, stands in FSYNC_EXTRA_US.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int slowly(const char *name, int file)
{
    const char *extra = getenv("FSYNC_EXTRA_US");
    long extra_us = extra ? atol(extra) : 0;
    struct timespec pause = { extra_us / 1000000, extra_us % 1000000 * 1000 };
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

    nanosleep(&pause, NULL);
    return real(file);
}

int fsync(int file)
{
    return slowly("fsync", file);
}

int fdatasync(int file)
{
    return slowly("fdatasync", file);
}
