# A static binary and the certificate authorities: no shell, no package
# manager, not root. There is no HEALTHCHECK, because the image has no program
# that could send a request. Ask /healthz (the process) and /readyz (database
# and queue) from outside.
FROM golang:1.26.8 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/flexscim ./cmd/flexscim \
 && mkdir /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/flexscim /usr/local/bin/flexscim
# /data has the SQLite database, unless another is configured, and temporary
# files: there is no /tmp.
COPY --from=build --chown=65532:65532 /out/data /data
ENV TMPDIR=/data
VOLUME /data
WORKDIR /data
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/flexscim"]
CMD ["serve"]
