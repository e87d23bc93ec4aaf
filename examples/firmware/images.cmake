# cmake -DDIGITS=folder -DHEADER=images.h -P images.cmake
# Writes the first test images and their classes as C arrays. A .npy file of bytes is a header of
# 128 bytes followed by the data.
set(count 8)
math(EXPR bytes "${count} * 64")
file(READ "${DIGITS}/test_images.npy" pixels OFFSET 128 LIMIT ${bytes} HEX)
file(READ "${DIGITS}/test_labels.npy" labels OFFSET 128 LIMIT ${count} HEX)
string(REGEX REPLACE "(..)" "0x\\1," pixels "${pixels}")
string(REGEX REPLACE "(..)" "0x\\1," labels "${labels}")
file(WRITE "${HEADER}"
  "/* From examples/digits, whose README.md names origin and licence. */\n"
  "enum { kImages = ${count} };\n"
  "static const unsigned char kPixels[kImages * 64] = {${pixels}};\n"
  "static const unsigned char kLabels[kImages] = {${labels}};\n")
