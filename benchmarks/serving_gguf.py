"""A GGUF's weights in the precision that ours are asked for, so that llama.cpp serves the same."""

from collections import Counter
from pathlib import Path
from typing import Final

from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, Keys
from gguf.quants import dequantize, quantize

PRECISIONS: Final = {
    "float32": GGMLQuantizationType.F32,
    "bfloat16": GGMLQuantizationType.BF16,
    "float16": GGMLQuantizationType.F16,
    "int8": GGMLQuantizationType.Q8_0,
}
"""By what is asked for; asked for anything else, a GGUF is served as it is."""
OF_ITS_WRITER: Final = (Keys.General.ARCHITECTURE, Keys.General.FILE_TYPE)


def alike(gguf: Path, dtype: str, folder: Path) -> Path:
    """Give a GGUF in the precision that is asked for, written into a folder where it is another one than it has."""
    kind = PRECISIONS.get(dtype)
    if kind is None or kind.name == precision_of(gguf):
        return gguf
    written = folder / f"{gguf.stem}-{dtype}.gguf"
    _write(GGUFReader(gguf), written, kind)
    return written


def precision_of(gguf: Path) -> str:
    """Name the precision of most of its numbers."""
    counted: Counter[str] = Counter()
    for tensor in GGUFReader(gguf).tensors:
        counted[tensor.tensor_type.name] += int(tensor.n_elements)
    return counted.most_common(1)[0][0]


def _write(reader: GGUFReader, to: Path, kind: GGMLQuantizationType) -> None:
    writer = GGUFWriter(to, reader.fields[Keys.General.ARCHITECTURE].contents())
    for name, field in reader.fields.items():
        if name not in OF_ITS_WRITER and not name.startswith("GGUF."):
            of_each = field.types[-1] if field.types[0] is GGUFValueType.ARRAY else None
            writer.add_key_value(name, field.contents(), field.types[0], of_each)
    for tensor in reader.tensors:
        numbers = dequantize(tensor.data, tensor.tensor_type)
        own = GGMLQuantizationType.F32 if numbers.ndim == 1 else kind
        writer.add_tensor(tensor.name, quantize(numbers, own), raw_dtype=own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
