# The production image: one image, four commands (web, worker, dispatcher, migrate; see docker-compose.yml).
FROM python:3.13-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --only-binary :all: --require-hashes -r requirements.txt

FROM python:3.13-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=matchmaking.settings.base
WORKDIR /app
RUN useradd --system --uid 10001 --create-home tongti && install -d -o tongti -g tongti /data /data/media /data/anchors
COPY --from=build /venv /venv
COPY . .
# Collecting static files opens neither database nor queue; the values below exist for this one command only.
RUN SECRET_KEY=build FIELD_KEY=build ALLOWED_HOSTS=build DATABASE_URL=postgres://build@build/build \
    CELERY_BROKER_URL=redis://build python manage.py collectstatic --noinput
# What ranks a batch is compiled here and not by the first one; on another processor it is compiled there, once.
ENV NUMBA_CACHE_DIR=/var/cache/tongti
RUN install -d -o tongti -g tongti $NUMBA_CACHE_DIR
USER tongti
RUN python -m matchmaking.engine.kernel.warm
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "matchmaking.wsgi:application", "--bind", "0.0.0.0:8000", \
     "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--timeout", "60", "--graceful-timeout", "25", \
     "--preload", "--no-control-socket", "--config", "python:matchmaking.common.serving"]
