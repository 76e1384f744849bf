"""PP-OCRv6, as PyPI's rapidocr ships it, reads pictures: started by `tools.bench_photos` in an environment of its own.

python tools/peer.py page PICTURE …      with its detector of text; one line of JSON for each: text and seconds
python tools/peer.py string PICTURE …    each picture taken for one line of text
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time

from rapidocr import RapidOCR


def main(kind: str, paths: list[str]) -> None:
    """Print what is read; of the text only digits are kept."""
    logging.disable(logging.WARNING)
    threads = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1}
    engine = RapidOCR(params=threads)
    has_detector = kind == "page"
    engine(paths[0], use_det=has_detector, use_cls=has_detector)  # the first reading loads the networks
    for path in paths:
        start = time.perf_counter()
        found = engine(path, use_det=has_detector, use_cls=has_detector)
        seconds = time.perf_counter() - start
        rows = [re.sub(r"[^0-9]", "", text) for text in found.txts or ()]
        print(json.dumps({"text": "\n".join(row for row in rows if row), "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
