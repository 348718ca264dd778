using System.Globalization;
using System.Text;
using System.Text.Json;
using Patrol.Cli.Failures;
using Patrol.Cli.Output;

namespace Patrol.Cli.Sources;

/// <summary>The lines of an undo file of a system that is reached over HTTP.</summary>
internal static class UndoLines
{
    public static ReadOnlySpan<byte> Header(string system, string name, TokenChange.MoveExpiry? move) => Header(
        system, name, move is null ? "\"revoked\"" : $"\"expiry\",\"from\":{Day(move.Old)},\"to\":{Day(move.New)}");

    /// <summary>A token is made, whose id the system tells only then.</summary>
    public static ReadOnlySpan<byte> Created(string system, string name, CheckedOrder order) =>
        Header(system, name, $"\"created\",\"token\":\"{JsonText.Escape(order.Draft.Name)}\",\"owner\":\"{JsonText.Escape(order.Owner)}\"");

    /// <summary>A token is replaced, which kills it for good.</summary>
    public static ReadOnlySpan<byte> Rotated(string system, string name) => Header(system, name, "\"rotated\"");

    public static ReadOnlySpan<byte> Batch(IEnumerable<long> ids) => Encoding.UTF8.GetBytes($"{{\"ids\":[{string.Join(',', ids)}]}}");

    /// <summary>From which day to which the change moved; null if it made a token.</summary>
    /// <exception cref="CliFailure">It was made on another system, or was one that cannot be put back.</exception>
    public static (DateOnly? Old, DateOnly? New)? Read(UndoFile file, string system, string name) => file.ReadHeader(header => Read(header, file.Batches, system, name));

    private static (DateOnly? Old, DateOnly? New)? Read(JsonElement header, int batches, string system, string name)
    {
        if (Text(header, "system") != system || Text(header, "name") != name)
            throw CliFailure.Usage($"The undo file was made on {Text(header, "name") ?? "another kind of system"}, not on {name}: name that one.");
        return Text(header, "change") switch
        {
            "expiry" => (ReadDay(header, "from"), ReadDay(header, "to")),
            "created" when batches > 0 => null,
            "created" => throw CliFailure.Usage($"patrol ended before {name} told the new token's id. Look for '{Text(header, "token")}' with: patrol find --owner {Text(header, "owner")}, and revoke it by its id."),
            "rotated" => throw CliFailure.Usage(NoWayBack(name)),
            _ => throw CliFailure.Usage($"{name} cannot take back a revocation: make new tokens."),
        };
    }

    public static long[] Ids(JsonElement line) => [.. line.GetProperty("ids").EnumerateArray().Select(id => id.GetInt64())];

    /// <summary>Why nobody takes a rotation back there.</summary>
    public static string NoWayBack(string name) => $"{name} cannot take back a rotation: the old token is dead for good. Make a new one with `patrol create`.";

    private static byte[] Header(string system, string name, string change) =>
        Encoding.UTF8.GetBytes($"{{\"patrol_undo\":1,\"system\":\"{system}\",\"name\":\"{JsonText.Escape(name)}\",\"change\":{change}}}");

    private static string Day(DateOnly? day) => day is { } date ? $"\"{date:yyyy-MM-dd}\"" : "null";

    private static DateOnly? ReadDay(JsonElement header, string key) =>
        Text(header, key) is { } text ? DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture) : null;

    private static string? Text(JsonElement header, string key) => header.TryGetProperty(key, out var value) ? value.GetString() : null;
}
