# One image for the API, the worker, the scheduler and the one-shot set-up. It holds no database server and no build tool.

FROM node:22-slim AS app
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY schema.graphql /build/schema.graphql
COPY frontend ./
RUN npm run build

FROM python:3.12-slim AS python
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/regulars
RUN python -m venv /opt/regulars
COPY requirements/setup.txt requirements/base.txt ./requirements/
RUN /opt/regulars/bin/pip install --require-hashes -r requirements/setup.txt && \
    VIRTUAL_ENV=/opt/regulars /opt/regulars/bin/uv pip install --require-hashes --compile-bytecode -r requirements/base.txt
COPY pyproject.toml ./
COPY api ./api
COPY jobs ./jobs
COPY demo ./demo
# Editable, so that the program finds the built app beside its own folder, as in a checkout.
RUN VIRTUAL_ENV=/opt/regulars /opt/regulars/bin/uv pip install --no-deps --no-build-isolation --editable . && \
    /opt/regulars/bin/python -m compileall -q api jobs && \
    /opt/regulars/bin/pip uninstall --yes uv setuptools pip

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin regulars
ENV PATH=/opt/regulars/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8000
WORKDIR /srv/regulars
COPY --from=python /opt/regulars /opt/regulars
COPY --from=python /srv/regulars /srv/regulars
COPY --from=app /build/frontend/dist ./frontend/dist
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK NONE
CMD ["regulars", "serve"]
