# Lapak Berdaya: one static program in an empty image, not as root.
#
#   docker build -t lapak:local .
#
# Nothing else is in the image: no shell, no package manager, no curl. Time zones
# are part of the program; certificates come from the build image.

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# The repository's .git comes along, so that `lapak version` knows its revision.
RUN git config --global --add safe.directory /src \
    && CGO_ENABLED=0 go build -trimpath -mod=readonly -ldflags='-s -w' -o /out/lapak . \
    && install -d -m 0700 -o 65532 -g 65532 /out/backups /out/data \
    && install -d -m 1777 /out/tmp \
    && echo 'lapak:x:65532:65532:lapak:/data:/nologin' > /out/passwd

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/passwd /etc/passwd
COPY --from=build /out/lapak /lapak
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/backups /backups
COPY --from=build /out/tmp /tmp
USER 65532:65532
WORKDIR /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 CMD ["/lapak", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/lapak"]
CMD ["serve"]
