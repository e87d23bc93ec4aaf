"""The configurations of make.py: name of the folder, ending in its number, and how it is made."""

from . import audio, debertas, encoders, experts, gpts, images, llamas, relatives, seq2seq, series


def all_cases():
    decoders = {**llamas.llamas(), **llamas.olmos_to_starcoders(), **llamas.gemmas(),
                **gpts.gpts(), **gpts.gptjs_to_mpts(), **experts.experts(),
                **relatives.decoders()}
    for case in decoders.values():
        case["causal"] = "LM" in case["model"].__name__
    return {**images.images(), **encoders.encoders(), **encoders.later_encoders(),
            **encoders.esms(), **debertas.debertas(),
            **relatives.encoders(), **decoders, **seq2seq.t5s(), **seq2seq.barts(), **audio.whispers(),
            **audio.listeners(), **audio.moonshines(),
            **audio.spectrograms(), **images.readers(), **series.series(), **series.quantiles()}
