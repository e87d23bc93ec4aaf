# cmake -DTOOL=fovea -DMODEL=file.fovea -DHEADER=arena_size.h -P arena_size.cmake
# Writes the bytes of a session with one thread, as firmware wants to know them when it is built.
execute_process(COMMAND "${TOOL}" inspect "${MODEL}" --json
  OUTPUT_VARIABLE json COMMAND_ERROR_IS_FATAL ANY)
string(JSON bytes GET "${json}" arena total)
file(WRITE "${HEADER}" "#define FOVEA_BITS_ARENA_BYTES ${bytes}\n")
