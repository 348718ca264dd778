# The rows of `patrol logs` with jq: per token and reason the requests, each once, the first and last, addresses, paths, clients.
reduce (inputs | select(."meta.auth_fail_reason" != null)) as $line ({seen: {}, rows: {}};
  ($line."meta.auth_fail_reason" + " " + $line."meta.auth_fail_token_id") as $key
  | ($key + " " + $line.correlation_id) as $request
  | if .seen[$request] then . else
      .seen[$request] = true
      | .rows[$key] |= ((. // {count: 0, first: $line.time, last: $line.time, addresses: {}, paths: {}, clients: {}})
        | .count += 1
        | .first = ([.first, $line.time] | min) | .last = ([.last, $line.time] | max)
        | .addresses[$line."meta.remote_ip"] += 1 | .paths[$line.path] += 1 | .clients[$line.ua] += 1)
    end)
| .rows | to_entries | sort_by(-.value.count)
