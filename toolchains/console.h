// What programs for boards print to and end by: the debugger's or emulator's console by Arm's
// semihosting calls, or the console of the system where there is one.

#ifndef FOVEA_TOOLCHAINS_CONSOLE_H_
#define FOVEA_TOOLCHAINS_CONSOLE_H_

#ifdef __cplusplus
extern "C" {
#endif

void semihosting_write(const char* text, int size);
__attribute__((noreturn)) void semihosting_exit(int code);

// Files of the machine that debugs or emulates, where programs read what a sensor would give;
// boards that are emulated without a system, and hosts, have them. Opening returns -1 where there
// is no such file; reading how many bytes there were, fewer than `size` at the end alone.
int semihosting_open(const char* path);
int semihosting_read(int file, void* data, int size);

#ifdef __cplusplus
}
#endif

#endif  // FOVEA_TOOLCHAINS_CONSOLE_H_
