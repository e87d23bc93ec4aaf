#!/bin/sh
# talking_folder.sh LLAMA FOLDER: a copy of the folder of a llama of 40 pieces, with a tokenizer of bytes and
# a template of conversations.
set -eu
rm -rf "$2"
cp -r "$1" "$2"
cat >"$2"/tokenizer.json <<'J'
{"version":"1.0","truncation":null,"padding":null,"added_tokens":[
{"id":30,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
{"id":31,"content":"<e>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
"normalizer":null,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true},
"post_processor":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true},
"decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true},
"model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,
"fuse_unk":false,"byte_fallback":false,"ignore_merges":false,"vocab":{"a":0,"b":1,"c":2,"d":3,"e":4,"f":5,"g":6,"h":7,
"i":8,"j":9,"k":10,"l":11,"m":12,"n":13,"o":14,"p":15,"q":16,"r":17,"s":18,"t":19,"u":20,"v":21,"w":22,"x":23,"y":24,
"z":25,"\u0120":26,"\u010a":27,"<":28,">":29},"merges":[]}}
J
cat >"$2"/tokenizer_config.json <<'J'
{"bos_token":"<s>","eos_token":"<e>","chat_template":"{% for m in messages %}{{ '<s>' + m.role[0] + '\\n' + m.content | trim + '<e>\\n' }}{% endfor %}{{ '<s>a\\n' }}"}
J
