using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.AspNetCore.Routing;

namespace Patrol.Tests.Kit;

/// <summary>A request that nobody should send, as it goes onto the line.</summary>
/// <param name="Method">Any word.</param>
/// <param name="Target">Path and query, sent as they are.</param>
/// <param name="Headers">Besides the token; texts are sent byte by byte (Latin 1).</param>
/// <param name="ContentType">Of the body.</param>
/// <param name="Body">Its bytes in Latin 1; null for none.</param>
internal sealed record NastyRequest(string Method, string Target, (string Name, string Value)[] Headers, string? ContentType, string? Body)
{
    public override string ToString()
    {
        static string Short(string? text) => text is null ? "none" : text.Length > 600 ? $"{text[..600]}… ({text.Length})" : text;
        return $"{Method} {Short(Target)}\n{string.Join('\n', Headers.Select(header => $"{header.Name}: {Short(header.Value)}"))}\nContent-Type: {Short(ContentType)}\n{Short(Body)}";
    }
}

/// <summary>
/// Makes requests for the endpoints that a server has, with the parameters that its sources name: mostly of the right form with
/// something wrong in it, so that they get past the first check.
/// </summary>
internal static partial class NastyRequests
{
    private static readonly string Long = new('x', 100_000);

    private static readonly Gen<string> Method = Of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO", "get", "PROPFIND");

    private static readonly Gen<string> PathPart = Of(
        "1", "2", "3", "1", "2", "self", "root", "0", "-1", "999999", "9223372036854775807", "9223372036854775808", "99999999999999999999999", "1.5", "1e3", "NaN", "null",
        "%00", "a%00b", "%FF", "%C0%80", "%ED%A0%80", "%zz", "%", "%2F", "%2e%2e", "..", ".", "a%2Fb", "a%252Fb", "%F0%9F%92%A5", "%E2%80%AE", "'%22;--", "%0d%0aX:y", "%5C", "+", "*",
        new string('9', 300), new string('a', 3000));

    private static readonly Gen<string> QueryValue = Gen.OneOf(PathPart, Of(
        "", "true", "false", "maybe", "asc", "desc", "active", "2026-12-01", "9999-12-31", "0001-01-01", "2026-13-45", "2026-11-22T00:00:00%2B14:00", "0001-01-01T00:00:00%2B14:00",
        "9999-12-31T23:59:59-14:00", "30d", "40000d", "1200mo", "100", "-100", "2147483648", "api", "api,read_user", ",", "%u0041", "a=b=c", "[]", "{}", "%5B%5D", "created_desc", "name",
        "%25%25", "_%25!", new string('%', 500), new string('y', 5000)));

    private static readonly Gen<string> Json = Gen.OneOf(Of(
        "null", "true", "false", "[]", "{}", "[[]]", "[null]", "[{}]", "[1,\"a\"]", "{\"a\":{\"b\":[1]}}", "0", "1", "2", "-1", "1.5", "1e999", "-0", "1E400", "99999999999999999999", "9223372036854775807",
        "-9223372036854775808", "2147483648", "\"\"", "\" \"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "[\"\\u0000\"]", "[\"\\ud800\"]", "\"NaN\"", "\"%00\"", "\"Infinity\"",
        "\"'; DROP TABLE users; --\"", "\"%\"", "\"\u00f0\u009f\u0092\u00a5\"", "\"\u00e2\u0080\u00ae\"", "\"1\"", "\"2026-13-45\"", "\"0001-01-01\"", "\"9999-12-31\"", "\"0001-01-01T00:00:00+14:00\"", "\"9999-12-31T23:59:59-14:00\"",
        "\"2026-11-22T00:00:00+99:99\"", "\"1200mo\"", "\"40000d\"", "\"\u00ff\u00fe\"", "\"\u00c0\u0080\"", "\"\u00ed\u00a0\u0080\"", "[\"api\",\"api\"]", "[\"nonsense\"]", "NaN", "-Infinity", "'single'", "undefined", "01", "\"open", "\"\\x\""),
        Of($"\"{Long}\"", $"\"%{new string('_', 60_000)}%\"", $"[{string.Join(',', Enumerable.Repeat("1", 40_000))}]", $"[{string.Join(',', Enumerable.Repeat("\"api\"", 5_000))}]", new string('[', 5_000), $"1{new string('0', 5_000)}"));

    // What an endpoint takes as it is, so that the rest of the request is looked at.
    private static Gen<string> Plausible(string name) => name switch
    {
        "name" or "path" or "username" or "key" => Gen.Int[0, 1_000_000].Select(number => $"\"nasty-{number}\""),
        "email" => Gen.Int[0, 1_000_000].Select(number => $"\"nasty-{number}@example.org\""),
        "token" => Gen.Int[0, 1_000_000].Select(number => $"\"a-text-of-the-nasty-tests-{number}\""),
        "scopes" => Of("[\"api\"]", "[\"read_api\",\"read_user\"]"),
        "expires_at" or "to" => Of("\"2026-12-24\"", "null"),
        "by" => Gen.Const("\"30d\""),
        "action" => Of("\"extend\"", "\"remove_expiry\""),
        "filter" => Of("{}", "{\"state\":\"active\"}", "{\"owner\":\"\\u0000\"}", "{\"search\":\"\\ud800\"}", "{\"expires_on\":\"9999-12-31\"}", "{\"kind\":[\"personal\",null]}", "{\"unused_for\":\"1200mo\"}", "null"),
        "access_level" => Of("30", "40"),
        "user_id" or "namespace_id" or "parent_id" or "id" => Of("1", "2", "3"),
        "user" => Of("\"root\"", "\"1\""),
        "expirationDuration" => Of("1", "365", "\"30\"", "null"),
        "ids" => Of("[1,2,3]", "[]", "[\"1\"]"),
        "userKeys" => Of("[]", "[\"root\"]", "[\"JIRAUSER10001\"]", "[\"\\u0000\"]", "[null]"),
        "limit" => Of("1", "1000"),
        "createdFrom" or "expiringTo" or "lastAccessedTo" => Of("\"2026-11-22\"", "\"9999-12-31\"", "\"0001-01-01\"", "\"0001-01-01T00:00:00+14:00\"", "\"9999-12-31T23:59:59-14:00\""),
        "visibility" => Gen.Const("\"private\""),
        "password" => Gen.Const("\"correct horse battery\""),
        "force_random_password" or "all" => Gen.Const("true"),
        "dry_run" => Gen.Const("true"),
        "per_page" or "page" => Gen.Const("1"),
        _ => Of("\"x\"", "1", "true"),
    };

    private static readonly Gen<string?> ContentType = Gen.Frequency(
        (20, Gen.Const((string?)"application/json")),
        (10, Of<string?>(
            null, "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=", "application/json; charset=utf-7", "application/json; charset=nonsense",
            "application/x-www-form-urlencoded; charset=utf-7", "application/x-www-form-urlencoded; charset=nonsense", "application/x-www-form-urlencoded; charset=utf-16", "text/plain", "application/vnd.api+json", "application/json-patch+json", "nonsense", "/", ";", "\u00ff", "text/xml", "application/problem+json; charset=\"",
            "multipart/form-data; boundary=" + new string('b', 200))));

    private static readonly Gen<(string, string)> Header = Gen.Select(
        Of("Sudo", "Authorization", "X-Forwarded-For", "Host", "X-Forwarded-Host", "X-Forwarded-Proto", "Accept", "Accept-Encoding", "Content-Encoding", "If-Match", "Range", "X-Request-Id", "User-Agent", "Cookie", "X-HTTP-Method-Override", "PRIVATE-TOKEN"),
        Of(
            "root", "1", "0", "-1", "99999999999999999999", "nobody", "Bearer", "Bearer ", "bearer x", "Basic", "Basic !!!!", "Basic Og==", "Basic AAAA", "Basic /////w==", "Digest x", "\u00ff\u00fe", "\u00c3\u00a4", "\u00f0\u009f\u0092\u00a5", " ", ",", ";",
            "x\u00e4.example", "xn--", "XN--a.example:1", "[::1", "bytes=0-", "gzip", "a b c", "http", "javascript", new string('z', 8_000), "%00", "'\"<>"));

    /// <summary>Requests for these endpoints.</summary>
    public static Gen<NastyRequest> For(IEnumerable<RouteEndpoint> endpoints, string[] parameters)
    {
        var known = endpoints.Select(endpoint => ("/" + endpoint.RoutePattern.RawText!.TrimStart('/'), endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])).ToArray();
        var name = Gen.Frequency((12, Of(parameters)), (1, Of("", "unknown", "[]", "a[]", "a[b]", "\\u0000", "\\ud800", "scopes[]", "__proto__", Long[..3000])));
        var member = name.SelectMany(key => Gen.Frequency((5, Plausible(key)), (3, Json)).Select(value => $"\"{key}\":{value}"));
        var @object = member.Array[0, 12].Select(members => $"{{{string.Join(',', members)}}}");
        var ours = Of<string[]>(["user", "name", "scopes"], ["user", "name", "scopes", "token"], ["user", "name", "scopes", "description", "expires_at"], ["token"], ["action", "filter", "all", "dry_run", "to"], ["action", "filter", "all", "dry_run", "by"], ["action", "all", "dry_run"], ["name", "expirationDuration"], ["ids"], ["username", "password"],
            ["page", "limit", "name", "userKeys"], ["createdFrom", "expiringTo", "lastAccessedTo"])
            .SelectMany(keys => Gen.Int[0, keys.Length].SelectMany(wrong => AllOf(keys.Select((key, index) => (index == wrong ? Json : Plausible(key)).Select(value => $"\"{key}\":{value}")).ToArray())))
            .Select(members => $"{{{string.Join(',', members)}}}");
        var broken = Of("", "{", "}", "[]", "null", "\"a\"", "1", "{\"a\":}", "{\"name\":\"x\"", "{'a':1}", "\u00ef\u00bb\u00bf{}", "\u00ff\u00fe{\0}\0", "a=b&c", "name=%00", "name=%FF&scopes[]=%00", "&&&===", "\0\0\0",
            "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na\0b\r\n--x--\r\n", "--x\r\nContent-Disposition: form-data; name=\"name\"; filename=\"f\"\r\n\r\nabc\r\n--x--\r\n", "--x\r\n", string.Concat(Enumerable.Repeat("a[]=1&", 3_000)), new string('{', 1_000));
        var form = Gen.Select(name, QueryValue, (key, value) => $"{key}={value}").Array[0, 8].Select(pairs => string.Join('&', pairs));
        var body = Gen.Frequency((12, @object.Select(text => (string?)text)), (8, ours.Select(text => (string?)text)), (2, form.Select(text => (string?)text)), (2, broken.Select(text => (string?)text)), (4, Gen.Const((string?)null)));
        var query = Gen.Select(name, QueryValue, (key, value) => $"{(key.Contains('\\') ? "%00" : key)}={value}").Array[0, 4].Select(pairs => pairs.Length == 0 ? "" : $"?{string.Join('&', pairs)}");
        var native = known.Where(endpoint => endpoint.Item1.StartsWith("/api/patrol", StringComparison.Ordinal)).ToArray();
        var target = Gen.Select(
            Gen.Frequency((30, Of(known)), (8, Of(native)), (1, Of<(string, IReadOnlyList<string>)>(("/api/v4/{x}", ["GET"]), ("/{x}", ["GET"]), ("/api/v4/users/{x}/{y}", ["POST"]), ("/api/patrol/v1/{x}", ["GET"])))),
            PathPart.Array[4], Gen.Frequency((2, Gen.Const("")), (1, query)), Gen.Frequency((6, Gen.Const("")), (1, Method)),
            (endpoint, parts, question, other) => (
                Method: other.Length > 0 ? other : endpoint.Item2[parts[3].Length % endpoint.Item2.Count],
                Target: Fill(endpoint.Item1, parts) + question));
        return Gen.Select(
            target, Gen.Frequency((3, Gen.Const(Array.Empty<(string, string)>())), (1, Header.Array[1, 3])), ContentType, body,
            (where, headers, type, text) => new NastyRequest(where.Method, where.Target, headers, type, where.Method is "TRACE" ? null : text));
    }

    /// <summary>The names of the parameters that the server's sources ask for.</summary>
    public static string[] Parameters() =>
    [
        .. Repository.CSharpFiles("src/Patrol.Server/Wire").SelectMany(file => Asked().Matches(Repository.Read(file))).Select(match => match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value)
            .Concat(["user", "name", "scopes", "description", "expires_at", "token", "action", "filter", "all", "to", "by", "dry_run", "force", "expirationDuration", "ids", "userKeys", "limit", "createdFrom", "expiringTo", "lastAccessedTo"]).Distinct(),
    ];

    private static Gen<string[]> AllOf(Gen<string>[] each) =>
        each.Aggregate(Gen.Const(Array.Empty<string>()), (before, one) => Gen.Select(before, one, (all, last) => (string[])[.. all, last]));

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static string Fill(string pattern, string[] parts)
    {
        var next = 0;
        return Hole().Replace(pattern, _ => parts[next++ % 3]);
    }

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    [GeneratedRegex("""(?:parameters|Parameters)\.[A-Z][A-Za-z]*\("([a-z_]+)"|Name = "([a-z_]+)""")]
    private static partial Regex Asked();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Hole();
}
