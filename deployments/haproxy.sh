#!/bin/sh
# Starts HAProxy with the configuration that Serve wrote, after taking out what must not be: statistics and metrics
# pages open to every address, a log of every request (its address may hold a token), an admin socket for every user,
# error pages that turn "try again" into "broken", and "not found" for whatever comes before the ingress is known to it.
# What is added bounds the time of slow and vanished clients (headers that trickle in, connections whose other side takes
# nothing), and keeps from Serve the headers that steer it, those that it cannot read, and methods that do not exist, each of
# which its metrics would count for ever.
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
      -e '/^frontend http_frontend$/a\    http-request deny deny_status 405 if !{ method GET HEAD POST PUT PATCH DELETE OPTIONS }\n    http-request del-header x-request-id if !{ req.fhdr(x-request-id) -m reg ^[A-Za-z0-9._-]{1,128}$ }\n    http-request del-header ^(serve[-_]multiplexed[-_]model[-_]id|x[-_]session[-_]id|x-request-timeout-seconds|x-request-disconnect-disabled)$ -m reg' \
      -e '/^ *bind [^ ]+:[0-9]+ *$/s/ *$/ tcp-ut 60s/' \
      -e '/^ *stats socket /s/ mode [0-7]+ / mode 600 /' \
      "$argument"
  fi
  option=$argument
done
exec "$BI_WORKBENCH_HAPROXY_BINARY" "$@"
