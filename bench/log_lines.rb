# Lines of api_json.log, one in twenty with a failing token: ruby bench/log_lines.rb COUNT
require 'json'

random = Random.new(7)
clients = ['curl/8.5.0', 'python-requests/2.32.3', 'Go-http-client/1.1', 'glab', 'git/2.43.0', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0']
routes = %w[user projects/:id/repository/files projects/:id/merge_requests groups/:id/members]
reasons = %w[token_expired token_expired token_revoked insufficient_scope]
ARGV[0].to_i.times do |n|
  route = routes.sample(random: random)
  address = "203.0.113.#{random.rand(1..250)}"
  failed = n % 20 == 7
  line = {
    time: format('2026-11-%02dT%02d:%02d:%02d.%03dZ', random.rand(1..23), random.rand(24), random.rand(60), random.rand(60), random.rand(1000)),
    severity: 'INFO', duration_s: random.rand.round(5), db_duration_s: random.rand.round(5), view_duration_s: random.rand.round(5),
    status: failed ? 401 : [200, 200, 201, 304, 404].sample(random: random), method: 'GET', path: "/api/v4/#{route.sub(':id', random.rand(1..5000).to_s)}",
    params: [{ key: 'page', value: random.rand(1..9).to_s }, { key: 'per_page', value: '100' }], host: 'gitlab.example.com', remote_ip: "#{address}, #{address}",
    ua: clients.sample(random: random), route: "/api/:version/#{route}", queue_duration_s: 0.003, db_count: 12, db_write_count: 0, db_cached_count: 1, cpu_s: 0.05,
    mem_objects: 20_000, mem_bytes: 1_000_000, correlation_id: format('01H%023d', n), 'meta.caller_id': "GET /api/:version/#{route}", 'meta.remote_ip': address,
    'meta.feature_category': 'system_access', 'meta.client_id': "ip/#{address}"
  }
  if failed
    line[:'meta.auth_fail_reason'] = reasons.sample(random: random)
    line[:'meta.auth_fail_token_id'] = "PersonalAccessToken/#{random.rand(1..300)}"
    line[:'meta.auth_fail_requested_scopes'] = ''
  end
  puts JSON.generate(line.merge(pid: 81_836, worker_id: 'puma_0'))
end
