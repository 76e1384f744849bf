# One word per chore, for people and CI alike: make help lists them.
# PYTHON=/path/to/python chooses another interpreter, ARGS="…" is passed on to the command behind run, test and train.
VENV := .venv
BIN := $(VENV)/bin
OLD_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.12 python3.13 python3.14 python3.11; do \
	$$python -c '$(OLD_ENOUGH)' 2>/dev/null && echo $$python && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
export GRADIO_ANALYTICS_ENABLED ?= False

.DEFAULT_GOAL := help
.PHONY: help run test lint train compare bench fuzz soak figures publish clean

help:
	@echo 'make run                       start the app on http://127.0.0.1:7860'
	@echo 'make train DATA=file           train again from Kaggle'\''s digit-recognizer.zip or train.csv'
	@echo 'make compare DATA=file         train the networks of other projects and ours; the table goes into docs/training.md'
	@echo 'make test                      run all tests'
	@echo 'make lint                      ruff, mypy, ESLint where npm is, and pip-audit where its database can be reached'
	@echo 'make bench [DATA=file]         time of a reading, PP-OCRv6 beside ours, letters read; with DATA the training too'
	@echo 'make fuzz                      10,000 broken inputs through every entry point, and 20 kills of a training'
	@echo 'make soak                      50 visitors and 5 photographers at once, for a minute'
	@echo 'make figures                   write the figures of assets/card.json into README.md and docs/'
	@echo 'make publish SPACE=name/space  upload the last commit to a Hugging Face Space'
	@echo 'make clean                     remove .venv and caches; runs/ stays'

run: $(VENV)/installed
	@echo 'Starting the app; it says its address when it is ready (http://127.0.0.1:7860 unless taken). Ctrl-C stops it.'
	@$(BIN)/python app.py $(ARGS)

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@find ui -name '*.pyi' -delete  # gradio writes them; mypy would read them in place of the code
	$(BIN)/python -m mypy
	@if ! command -v npm >/dev/null; then echo 'ESLint is skipped: npm is not here'; \
	elif [ -x node_modules/.bin/eslint ] || npm install --no-package-lock --no-audit --no-fund --silent; then \
		node_modules/.bin/eslint .; \
	else echo 'ESLint is skipped: npm could not install it'; fi
	@$(BIN)/python -m tools.audit

train: $(if $(DATA),$(VENV)/installed)
	@test -n '$(DATA)' || { echo 'make train: say where the data are: make train DATA=digit-recognizer.zip'; \
		echo '(from https://www.kaggle.com/c/digit-recognizer/data; without an account: $(BIN)/python train.py --download)'; exit 2; }
	$(BIN)/python train.py --data '$(DATA)' $(ARGS)

compare: $(if $(DATA),$(VENV)/installed)
	@test -n '$(DATA)' || { echo 'make compare: say where the data are: make compare DATA=digit-recognizer.zip'; exit 2; }
	$(BIN)/python -m tools.compare --data '$(DATA)' $(ARGS)

bench: $(VENV)/installed-dev
	$(BIN)/python -m tools.bench
	$(BIN)/python -m tools.bench_photos
	$(BIN)/python -m tools.bench_page
	$(BIN)/python -W ignore -m tools.bench_training $(if $(DATA),'$(DATA)')

fuzz: $(VENV)/installed-dev
	$(BIN)/python -m tools.fuzz $(ARGS)
	$(BIN)/python -m tools.kills

soak: $(VENV)/installed-dev
	$(BIN)/python -m tools.soak $(ARGS)

figures: $(VENV)/installed
	$(BIN)/python -m tools.figures $(SCORES)

publish: $(if $(SPACE),$(VENV)/installed)
	@test -n '$(SPACE)' || { echo 'make publish: say where to: make publish SPACE=your-name/digit-reader'; exit 2; }
	@$(BIN)/python -c 'import sys; from huggingface_hub import get_token; sys.exit(get_token() is None)' || { \
		echo 'make publish: no Hugging Face token found. Make one that may write at https://huggingface.co/settings/tokens,'; \
		echo 'then run $(BIN)/hf auth login (or set HF_TOKEN) and repeat this command.'; exit 2; }
	@test -z "$$(git status --porcelain)" || echo 'make publish: what is not committed is not uploaded.'
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && git archive HEAD | tar -x -C "$$folder" && \
		$(BIN)/hf upload '$(SPACE)' "$$folder" . --repo-type space --commit-message "Publish $$(git rev-parse --short HEAD)"

clean:
	rm -rf $(VENV) node_modules .pytest_cache .ruff_cache .hypothesis .gradio
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp files make the second `make run` start at once; a changed requirements file makes them out of date.
$(VENV)/installed: requirements.txt pre-requirements.txt
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed and none was found.'; \
		echo 'Install it from https://www.python.org/downloads/ or name yours: make run PYTHON=/path/to/python3.12'; exit 2; }
	@$(PYTHON) -c '$(OLD_ENOUGH)' || { echo 'Python 3.11 or newer is needed; $(PYTHON) is' \
		"$$($(PYTHON) --version 2>&1). Name a newer one: make run PYTHON=/path/to/python3.12"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo '$(PYTHON) cannot make virtual environments;' \
		'on Debian and Ubuntu: sudo apt install python3-venv'; exit 2; }
	@echo 'Installing into $(VENV), once; a few minutes and 1 to 6 GB, most of it PyTorch …'
	@test -x $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@if command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi >/dev/null 2>&1; then \
		echo '  a GPU is here: PyTorch with CUDA'; \
	elif $(PIP) --retries 0 --timeout 10 install -q -r pre-requirements.txt 2>/dev/null; then \
		echo '  PyTorch for the CPU is installed'; \
	else \
		echo '  download.pytorch.org cannot be reached: PyTorch from PyPI instead, which is larger'; \
	fi
	@$(PIP) install -q -r requirements.txt
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	@echo 'Installing what tests need …'
	@$(PIP) install -q -r requirements-dev.txt
	@touch $@
