using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.Http;

/// <summary>How a token is presented.</summary>
/// <param name="Header">The header.</param>
/// <param name="Scheme">What stands before the token, with its blank.</param>
/// <param name="Token">The token.</param>
internal sealed record Credential(string Header, string Scheme, Secret Token)
{
    /// <summary>As GitLab likes it best.</summary>
    public static Credential PrivateToken(Secret token) => new("PRIVATE-TOKEN", "", token);

    public static Credential Bearer(Secret token) => new("Authorization", "Bearer ", token);
}

/// <summary>A request to an API.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Path and query below the system's address.</param>
/// <param name="Credential">Whose token it carries.</param>
internal sealed record ApiRequest(HttpMethod Method, string Path, Credential Credential)
{
    /// <summary>How long an answer may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>JSON, if the request carries any.</summary>
    public byte[]? Body { get; private init; }

    /// <summary>The same request twice is the same as once, so that it may be sent again when no answer came.</summary>
    public bool IsRepeatable { get; init; } = Method == HttpMethod.Get || Method == HttpMethod.Delete;

    public ApiRequest With<T>(T body, JsonTypeInfo<T> type) => this with { Body = JsonSerializer.SerializeToUtf8Bytes(body, type) };
}
