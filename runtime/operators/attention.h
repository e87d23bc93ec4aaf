// Attention whose scores are only scaled, and where its other forms join it.

#ifndef FOVEA_RUNTIME_OPERATORS_ATTENTION_H_
#define FOVEA_RUNTIME_OPERATORS_ATTENTION_H_

#include "runtime/operators/check.h"

namespace fovea {

// Keys that one row of weights has room for: the context, or the slots of a key tensor.
uint32_t attention_width(const Frame& frame);
// Slots that the keys of one head may take.
uint32_t key_capacity(const Frame& frame);

fovea_code check_attention(const Frame& frame, fovea_error* error);

// What there is besides scaled scores, in one run. Firmware of models without it links nothing of
// it: that is why complete() is called through here.
struct AttentionForm {
  kernels::Visibility visibility;
  const kernels::Scoring* scoring;  // or null
  const kernels::Report* report;    // or null
  // Sets the mask and the weights of the rows of a piece.
  void (*complete)(const AttentionForm& form, const Sequences& rows, const Piece& piece,
                   kernels::AttentionItem& item);
};

uint64_t attention_scratch(const Frame& frame);
// Bytes for the parts of one query, which threads share; 0: its keys are not divided.
uint64_t attention_shared(const Frame& frame);
fovea_code prepare_attention(Run& run, fovea_error* error);
// `form`: null where scores are only scaled.
void run_attention(const Run& run, uint32_t task, uint32_t worker, const AttentionForm* form);

}  // namespace fovea

#endif  // FOVEA_RUNTIME_OPERATORS_ATTENTION_H_
