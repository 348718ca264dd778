using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sources.Http;

/// <summary>A good answer.</summary>
/// <param name="Body">Its bytes.</param>
/// <param name="NextQuery">The query of the next page, with its question mark; null on the last.</param>
internal sealed record ApiAnswer(byte[] Body, string? NextQuery)
{
    /// <summary>The body.</summary>
    /// <param name="system">What messages call the system.</param>
    /// <param name="type">Its shape.</param>
    /// <exception cref="ApiFault">It has another one.</exception>
    public T Read<T>(string system, JsonTypeInfo<T> type)
    {
        try
        {
            if (JsonSerializer.Deserialize(Body, type) is { } value)
                return value;
        }
        catch (JsonException fault)
        {
            // The exception's message can quote the body, which can hold a token.
            throw Strange(system, fault);
        }
        throw Strange(system, null);
    }

    private static ApiFault Strange(string system, Exception? cause) =>
        new($"{system} answers with something else than its API would. Is the address right?", null, ExitCode.WrongUsage, cause);
}
