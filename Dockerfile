# Two stages: the wheel is built, then installed alone into a slim image that runs as an ordinary user.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY platform platform
COPY search search
COPY templates templates
COPY fixtures fixtures
RUN pip install --no-cache-dir build==1.4.0 && python -m build --wheel --outdir /dist

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --create-home kervan
COPY --from=build /dist/*.whl /tmp/
RUN pip install --no-cache-dir /tmp/*.whl && rm /tmp/*.whl
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
CMD ["kervan", "serve"]
