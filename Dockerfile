# syntax=docker/dockerfile:1
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    mkdir -p /out/blobs && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/creditroll ./cmd/creditroll

FROM busybox:1.37.0-musl AS busybox

# One static program, the certificates it trusts, and what asks it whether it is well.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=busybox /bin/wget /bin/wget
COPY --from=build /out/creditroll /bin/creditroll
# A volume that is mounted here belongs to the user below.
COPY --from=build --chown=65532:65532 /out/blobs /var/lib/creditroll/blobs
USER 65532:65532
ENV CREDITROLL_LISTEN_ADDRESS=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["/bin/creditroll"]
CMD ["api"]
