using System.IO.Compression;
using System.Text;
using Patrol.Cli.Logs;

namespace Patrol.Tests.Logs;

/// <summary>Lines as GitLab writes them, and what the tool makes of them.</summary>
internal static class LogText
{
    /// <summary>GitLab 17.2's <c>api_json.log</c>.</summary>
    public const string Expired =
        """{"time":"2024-06-03T07:15:42.118Z","severity":"INFO","duration_s":0.01432,"db_duration_s":0.00211,"view_duration_s":0.01221,"status":401,"method":"GET","path":"/api/v4/user","params":[],"host":"gitlab.example.com","remote_ip":"203.0.113.7, 203.0.113.7","ua":"curl/8.5.0","route":"/api/:version/user","queue_duration_s":0.003,"correlation_id":"01HZEXAMPLE0000000000000001","meta.caller_id":"GET /api/:version/user","meta.remote_ip":"203.0.113.7","meta.feature_category":"user_profile","meta.client_id":"ip/203.0.113.7","meta.auth_fail_reason":"token_expired","meta.auth_fail_token_id":"PersonalAccessToken/12","meta.auth_fail_requested_scopes":"","pid":81836,"worker_id":"puma_0"}""";

    /// <summary>The newest keys.</summary>
    public const string Revoked =
        """{"time":"2026-10-02T01:00:05.902Z","severity":"INFO","duration_s":0.0098,"status":401,"method":"POST","path":"/api/v4/projects/7/access_tokens/31/rotate","params":[],"host":"gitlab.example.com","remote_ip":"198.51.100.20","ua":"python-requests/2.32.3","route":"/api/:version/projects/:id/access_tokens/:token_id/rotate","correlation_id":"01JEXAMPLE0000000000000002","meta.caller_id":"POST /api/:version/projects/:id/access_tokens/:token_id/rotate","meta.remote_ip":"198.51.100.20","meta.user":"project_7_bot_0123456789abcdef","meta.client_id":"ip/198.51.100.20","meta.feature_category":"system_access","meta.auth_fail_reason":"token_revoked","meta.auth_fail_token_id":"PersonalAccessToken/31","meta.auth_fail_token_type":"PersonalAccessToken","meta.auth_fail_auth_header_type":"private_token_header"}""";

    public const string SmallScope =
        """{"time":"2025-01-14T12:00:00.001Z","severity":"INFO","duration_s":0.02,"status":403,"method":"POST","path":"/api/v4/groups","params":[{"key":"name","value":"x"}],"host":"gitlab.example.com","remote_ip":"192.0.2.44","ua":"glab","route":"/api/:version/groups","correlation_id":"01JEXAMPLE0000000000000003","meta.caller_id":"POST /api/:version/groups","meta.remote_ip":"192.0.2.44","meta.client_id":"ip/192.0.2.44","meta.auth_fail_reason":"insufficient_scope","meta.auth_fail_token_id":"PersonalAccessToken/55","meta.auth_fail_requested_scopes":"api read_api"}""";

    /// <summary><c>production_json.log</c>: GraphQL with an expired token.</summary>
    public const string GraphQl =
        """{"method":"POST","path":"/api/graphql","format":"*/*","controller":"GraphqlController","action":"execute","status":401,"time":"2025-02-01T08:00:00.000Z","params":[{"key":"query","value":"[FILTERED]"}],"remote_ip":"192.0.2.9","ua":"Go-http-client/1.1","correlation_id":"01JEXAMPLE0000000000000004","meta.auth_fail_reason":"token_expired","meta.auth_fail_token_id":"PersonalAccessToken/12","meta.auth_fail_requested_scopes":"api read_api","duration_s":0.03}""";

    /// <summary>Git, which asks without a token first.</summary>
    public const string Git =
        """{"method":"GET","path":"/acme/app.git/info/refs","format":"*/*","controller":"Repositories::GitHttpController","action":"info_refs","status":401,"time":"2025-02-01T08:00:01.000Z","params":[{"key":"service","value":"git-upload-pack"}],"remote_ip":"192.0.2.9","ua":"git/2.43.0","correlation_id":"01JEXAMPLE0000000000000005","duration_s":0.02}""";

    /// <summary>A request that went well.</summary>
    public const string Good =
        """{"time":"2024-06-03T07:15:43.000Z","severity":"INFO","duration_s":0.1,"status":200,"method":"GET","path":"/api/v4/user","params":[{"key":"a","value":"meta.auth_fail_reason"}],"remote_ip":"203.0.113.8","ua":"curl/8.5.0","user_id":2,"username":"jane","correlation_id":"01HZEXAMPLE0000000000000009","meta.user":"jane"}""";

    /// <summary>The log of docs/cli.md.</summary>
    public const string Page =
        """
        {"time":"2026-11-23T07:15:42.118Z","severity":"INFO","status":401,"method":"GET","path":"/api/v4/user","params":[],"remote_ip":"203.0.113.7","ua":"curl/8.5.0","correlation_id":"01","meta.remote_ip":"203.0.113.7","meta.auth_fail_reason":"token_expired","meta.auth_fail_token_id":"PersonalAccessToken/12"}
        {"time":"2026-11-23T09:15:42.118Z","severity":"INFO","status":401,"method":"GET","path":"/api/v4/projects/7/issues","params":[],"remote_ip":"203.0.113.7","ua":"curl/8.5.0","correlation_id":"02","meta.remote_ip":"203.0.113.7","meta.auth_fail_reason":"token_expired","meta.auth_fail_token_id":"PersonalAccessToken/12"}
        {"time":"2026-11-23T09:15:42.121Z","severity":"INFO","status":401,"method":"GET","path":"/api/v4/projects/7/issues","params":[],"remote_ip":"203.0.113.7","ua":"curl/8.5.0","correlation_id":"02","meta.remote_ip":"203.0.113.7","meta.auth_fail_reason":"token_expired","meta.auth_fail_token_id":"PersonalAccessToken/12"}
        {"time":"2026-11-23T10:00:00.005Z","severity":"INFO","status":401,"method":"POST","path":"/api/v4/runners","params":[],"remote_ip":"198.51.100.20","ua":"python-requests/2.32.3","correlation_id":"03","meta.remote_ip":"198.51.100.20","meta.auth_fail_reason":"token_revoked","meta.auth_fail_token_id":"PersonalAccessToken/14"}
        {"time":"2026-11-24T06:30:00.001Z","severity":"INFO","status":403,"method":"POST","path":"/api/v4/groups","params":[],"remote_ip":"192.0.2.44","ua":"glab","correlation_id":"04","meta.remote_ip":"192.0.2.44","meta.auth_fail_reason":"insufficient_scope","meta.auth_fail_token_id":"PersonalAccessToken/15","meta.auth_fail_requested_scopes":"api"}
        {"time":"2026-11-24T06:31:00.000Z","severity":"INFO","status":401,"method":"GET","path":"/api/v4/user","params":[],"remote_ip":"192.0.2.9","ua":"curl/8.5.0","correlation_id":"05"}
        {"time":"2026-11-24T06:32:00.000Z","severity":"INFO","stat
        """;

    /// <summary>Scans streams as if each were a file after the other.</summary>
    public static async Task<(LogScan Scan, LogInput Input)> Scan(params Stream[] streams)
    {
        var waiting = new Queue<Stream>(streams);
        using var input = new LogInput([.. streams.Select(_ => LogInput.StandardInput)], waiting.Dequeue);
        var scan = new LogScan(input);
        await scan.Run(CancellationToken.None);
        return (scan, input);
    }

    public static async Task<LogScan> Scan(string text) => (await Scan(Bytes(text))).Scan;

    public static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    public static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    /// <summary>All that was found, in words that can be compared.</summary>
    public static List<string> Words(LogScan scan) =>
    [
        $"{scan.Lines} lines, {scan.BadLines} bad, {scan.Unnamed} unnamed",
        .. scan.Tokens.Ordered().Select(token => string.Join(' ',
            token.Key.Reason, token.Key.Token, token.Count, token.FirstSeen?.ToString("O"), token.LastSeen?.ToString("O"),
            string.Join(',', token.Addresses.Texts()), string.Join(',', token.Paths.Texts()), string.Join(',', token.Clients.Texts()), string.Join(',', token.Scopes.Texts()))),
    ];
}
