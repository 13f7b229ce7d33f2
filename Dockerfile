# syntax=docker/dockerfile:1
# Builds for linux/amd64, linux/arm64, linux/arm/v7 and linux/arm/v6:
#   docker buildx build --platform linux/amd64,linux/arm64,linux/arm/v7,linux/arm/v6 .

FROM --platform=$BUILDPLATFORM node:20-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM --platform=$BUILDPLATFORM node:20-bookworm-slim AS firmware
WORKDIR /src/firmware
COPY firmware/package.json firmware/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY firmware/ ./
RUN npm run build

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/dist web/dist
COPY --from=firmware /src/firmware/dist firmware/dist
ARG TARGETOS TARGETARCH TARGETVARIANT VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH GOARM=${TARGETVARIANT#v} \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /out/gateway ./cmd/gateway
# The data directory has to exist, with its owner, before the volume is laid over it.
RUN mkdir -p /out/data

FROM scratch
COPY --from=build /out/gateway /gateway
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV GATEWAY_DATA_DIR=/data
VOLUME /data
EXPOSE 8090 1883 8083
# A container is never loopback: set GATEWAY_AUTH_ANONYMOUS=always, on a network that you trust.
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["/gateway", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/gateway"]
CMD ["serve"]
