// The principles, one a folder: each runs its models on one row and reports what it measured.

#ifndef FOVEA_EXAMPLES_PRINCIPLES_PRINCIPLES_H_
#define FOVEA_EXAMPLES_PRINCIPLES_PRINCIPLES_H_

#include "examples/principles/net.h"
#include "examples/principles/report.h"

namespace principles {

void pointers(const Place& place, Report& report);
void distance(const Place& place, Report& report);
void reorder(const Place& place, Report& report);
void heads(const Place& place, Report& report);
void tied(const Place& place, Report& report);
void scaling(const Place& place, Report& report);
void noise(const Place& place, Report& report);
void tasks(const Place& place, Report& report);
void doubt(const Place& place, Report& report);

}  // namespace principles

#endif  // FOVEA_EXAMPLES_PRINCIPLES_PRINCIPLES_H_
