# syntax=docker/dockerfile:1

# The collector as an image: one static binary, certificates, and folders for what it keeps.
#
#   docker build -t emp .
#   docker run --rm -e REDIS_URL=redis://host:6379 -v emp:/var/lib/emp emp
#   docker run --rm -e REDIS_URL=redis://host:6379 emp search --last 1h

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# glibc linked in: its resolver and its allocator are those that emp is tested with. `--target`
# keeps the flag from build scripts and macros, which cannot be static.
ENV RUSTFLAGS="-C target-feature=+crt-static"
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    set -eu; \
    target="$(rustc -vV | sed -n 's/^host: //p')"; \
    cargo build --release --locked --target "$target" --bin emp; \
    mkdir -p /image/usr/local/bin /image/etc/ssl/certs /image/var/lib/emp /image/app/logs; \
    install -m 1777 -d /image/tmp; \
    cp "target/$target/release/emp" /image/usr/local/bin/emp; \
    cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/; \
    chown -R 65532:65532 /image/var/lib/emp /image/app; \
    # A binary that needs a library would not start here.
    chroot /image /usr/local/bin/emp --version

FROM scratch
COPY --from=build /image /
ENV PATH=/usr/local/bin \
    HOME=/var/lib/emp \
    XDG_STATE_HOME=/var/lib/emp \
    EMP_SPOOL=/var/lib/emp/spool
WORKDIR /app
# By number: a cluster that forbids root can tell that this is not root.
USER 65532:65532
# What waits for an output, and the file of events in development.
VOLUME ["/var/lib/emp", "/app/logs"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["/usr/local/bin/emp", "health", "--collector"]
ENTRYPOINT ["/usr/local/bin/emp"]
CMD ["collect"]
