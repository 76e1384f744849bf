# The app for hosts other than Hugging Face. docs/hosting.md says how to build and run it.
FROM python:3.12-slim

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

# First what seldom changes: PyTorch for the CPU, then the rest.
COPY pre-requirements.txt requirements.txt ./
RUN pip install -r pre-requirements.txt
RUN pip install -r requirements.txt

# The code belongs to root, and the app runs as somebody else, so it cannot change itself.
COPY app.py ./
COPY model ./model
COPY ui ./ui
COPY assets ./assets
RUN useradd --uid 1000 --create-home reader
USER 1000

ENV GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=7860 GRADIO_TEMP_DIR=/tmp/gradio GRADIO_ANALYTICS_ENABLED=False HOME=/tmp MPLCONFIGDIR=/tmp/matplotlib DIGIT_CORRECTIONS=0
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['GRADIO_SERVER_PORT'], timeout=4)"]
CMD ["python", "app.py"]
