# One image for every process: `docker run IMAGE serve`, `worker`, `relay`, `sender`, `clock`, `migrate`.
# PostgreSQL and Valkey are not in it: set DATABASE_URL, REDIS_URL and BOUCLE_KEYS.

FROM python:3.11-slim AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /app/.venv \
    && /app/.venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: \
        -r requirements.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin boucle \
    && install -d -o boucle -g boucle -m 0700 /data
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY boucle boucle
COPY schema schema
COPY resolvers resolvers
COPY domain domain
COPY workers workers
COPY integrations integrations
COPY models models
USER boucle
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    BOUCLE_ENV=production BOUCLE_HOST=0.0.0.0 BOUCLE_PORT=8000 BOUCLE_HOME=/data
EXPOSE 8000
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "boucle"]
CMD ["serve"]
