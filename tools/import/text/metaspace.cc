#include "tools/import/text/metaspace.h"

#include "runtime/text/utf8.h"
#include "tools/common/error.h"
#include "tools/common/printable.h"

namespace fovea::tools {

Metaspace read_metaspace_fields(Fields& fields) {
  fields.ignore({"str_rep"});
  Metaspace made;
  made.replacement = fields.text("replacement");
  const Text text = {made.replacement.data(), made.replacement.size()};
  if (text.size == 0 || first_point(text).size != text.size) {
    fail("{}: the replacement {} is not one character", fields.where(),
         printable(made.replacement));
  }
  const bool prefixes = fields.flag("add_prefix_space", true);
  made.scheme = fields.text("prepend_scheme", prefixes ? "always" : "never");
  if (made.scheme != "always" && made.scheme != "first" && made.scheme != "never") {
    fail("{}: the prepend_scheme {} is not known; it cannot be converted", fields.where(),
         printable(made.scheme));
  }
  if (!prefixes && made.scheme != "never") {
    fail("{}: add_prefix_space and prepend_scheme contradict each other", fields.where());
  }
  made.split = fields.flag("split", true);
  return made;
}

}  // namespace fovea::tools
