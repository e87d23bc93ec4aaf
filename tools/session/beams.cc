#include "tools/session/beams.h"

#include "tools/common/error.h"

namespace fovea::tools {

Beams::Beams(const ModelFile& file, const Session& session, const BeamSettings& settings)
    : file_(file),
      session_(session),
      settings_(settings),
      written_(caches_of("decode")),
      read_(caches_of("encode")),
      room_(BeamSearch::room(settings.search.beams, settings.search.most)) {
  const uint32_t beams = settings.search.beams, sequences = file.tables().sequences();
  if (beams > sequences) {
    fail("{}: is made for {} sequence{}, {} beams need as many: convert it with --max batch={}",
         file.path(), sequences, sequences == 1 ? "" : "s", beams, beams);
  }
}

std::vector<uint32_t> Beams::caches_of(const char* method) const {
  std::vector<uint32_t> caches;
  const int32_t index = file_.model().find_method(method);
  if (index < 0) return caches;
  const auto* updates = file_.tables().methods()->Get(static_cast<uint32_t>(index))->updates();
  for (uint32_t i = 0; i < size_of(updates); ++i) caches.push_back(updates->Get(i)->cache());
  return caches;
}

void Beams::arrange(const std::vector<uint32_t>& caches, const uint32_t* from,
                    uint32_t count) const {
  for (const uint32_t cache : caches) file_.check(session_.arrange(cache, from, count));
}

std::vector<int32_t> Beams::search(const Decoder& decoder, const std::function<void()>& encode) {
  for (uint32_t i = 0; i < settings_.search.beams; ++i) file_.check(session_.reset(i));
  BeamSearch search(settings_, room_.data());
  const auto add = [&](uint32_t beam, std::span<const float> logits) {
    if (search.add(beam, logits.data(), logits.size())) return;
    fail("{}: the logits are no finite numbers", file_.path());
  };
  encode();
  add(0, decoder.feed({settings_.start.ids, settings_.start.count}));
  for (bool first = true; search.step(); first = false) {
    // All read what was encoded once.
    const std::vector<uint32_t> all(settings_.search.beams, 0);
    if (first) arrange(read_, all.data(), settings_.search.beams);
    arrange(written_, search.from(), search.beams());
    decoder.step().run_each({search.tokens(), search.beams()});
    for (uint32_t i = 0; i < search.beams(); ++i) add(i, decoder.step().logits(i));
  }
  const uint32_t begins = settings_.start.count;
  if (search.size() <= begins) return {};
  return {search.text() + begins, search.text() + search.size()};
}

}  // namespace fovea::tools
