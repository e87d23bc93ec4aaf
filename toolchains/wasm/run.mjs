// node run.mjs PROGRAM [ARGS]: runs a WASI program and exits with its code.
import fs from 'node:fs';
import {WASI} from 'node:wasi';

const [file, ...rest] = process.argv.slice(2);
const wasi = new WASI({version: 'preview1', args: [file, ...rest], env: {}, returnOnExit: true});
const module = await WebAssembly.compile(fs.readFileSync(file));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
process.exit(wasi.start(instance));
