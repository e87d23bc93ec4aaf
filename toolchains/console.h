// What programs for boards print to and end by: the debugger's or emulator's console by Arm's
// semihosting calls, or the console of the system where there is one.

#ifndef FOVEA_TOOLCHAINS_CONSOLE_H_
#define FOVEA_TOOLCHAINS_CONSOLE_H_

#ifdef __cplusplus
extern "C" {
#endif

void semihosting_write(const char* text, int size);
__attribute__((noreturn)) void semihosting_exit(int code);

#ifdef __cplusplus
}
#endif

#endif  // FOVEA_TOOLCHAINS_CONSOLE_H_
