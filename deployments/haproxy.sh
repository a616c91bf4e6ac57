#!/bin/sh
# Starts HAProxy with the configuration that Serve wrote, after taking out what must not be: statistics and metrics
# pages open to every address, a log of every request (its address may hold a token), an admin socket for every user,
# error pages that turn "try again" into "broken", and "not found" for whatever comes before the ingress is known to it.
# What is added bounds the time of slow and vanished clients: headers that trickle in, and connections whose other side
# takes nothing.
set -eu
option=
for argument in "$@"; do
  if [ "$option" = -f ]; then
    sed -i -E \
      -e '/^frontend prometheus$/,/^frontend http_frontend$/{/^frontend http_frontend$/!d}' \
      -e '/^listen stats$/,$d' \
      -e '/^ *log +[^g ]/d' \
      -e '/^ *errorfile /d' \
      -e '/^backend default_backend$/,/^$|^(backend|frontend|listen) /s|return status 404 .*|return status 503 content-type text/plain string "Starting" hdr Retry-After 1|' \
      -e "/^defaults$/a\\    timeout http-request ${BI_WORKBENCH_HEADER_SECONDS:-15}s\\n    timeout http-keep-alive 75s" \
      -e '/^ *bind [^ ]+:[0-9]+ *$/s/ *$/ tcp-ut 60s/' \
      -e '/^ *stats socket /s/ mode [0-7]+ / mode 600 /' \
      "$argument"
  fi
  option=$argument
done
exec "$BI_WORKBENCH_HAPROXY_BINARY" "$@"
