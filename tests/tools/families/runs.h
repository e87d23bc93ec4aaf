// Ways of running a family's model, and how far what it makes is from the reference.

#ifndef FOVEA_TESTS_TOOLS_FAMILIES_RUNS_H_
#define FOVEA_TESTS_TOOLS_FAMILIES_RUNS_H_

#include <cstddef>
#include <string>

#include "tests/tools/families/reference.h"
#include "tests/tools/families/session.h"

namespace fovea::test {

// One sequence after the other, `chunk` tokens at a time.
Outputs run_alone(Session& session, const char* method, const Reference& r, size_t chunk);
// So many images in a run, and the rest.
Outputs run_images(Session& session, const std::string& method, const Reference& r, size_t most);
Outputs run_packed(Session& session, const char* method, const Reference& r);
// What a model gives of samples or features, of each sequence by itself or of all of them at once.
Outputs run_samples(Session& session, const Reference& r, size_t sequences);

// The largest error, as a part of the largest number of its output.
double worst_of(const Outputs& made, const Outputs& wanted);

}  // namespace fovea::test

#endif  // FOVEA_TESTS_TOOLS_FAMILIES_RUNS_H_
