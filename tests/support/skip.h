#ifndef FOVEA_TESTS_SUPPORT_SKIP_H_
#define FOVEA_TESTS_SUPPORT_SKIP_H_

namespace fovea::test {

// Says that a test case could not run. If nothing else fails, the program then exits with 77 and
// ctest counts it as skipped. The caller returns afterwards.
void skip(const char* reason);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_SUPPORT_SKIP_H_
