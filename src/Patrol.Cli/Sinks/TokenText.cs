using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sinks;

/// <summary>What the text of a token may be made of, and comparing such texts.</summary>
internal static class TokenText
{
    /// <summary>What a column without a value holds, told from an empty text, so that it can be put back: no token has this letter.</summary>
    public static readonly Secret Null = new("\0");

    private const int ShortestEncrypted = 32;

    // Those that GitLab and Atlassian give out; safe unquoted in `.env` files, shells and YAML alike.
    private static readonly SearchValues<char> Letters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-+/=");

    /// <summary>Whether these are the same text. Two unknown ones are.</summary>
    public static bool Same(Secret? one, Secret? other) => one is null || other is null
        ? one is null && other is null
        : CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one.Reveal()), Encoding.UTF8.GetBytes(other.Reveal()));

    /// <summary>Whether a place holds no text.</summary>
    public static bool IsEmpty(Secret text) => text.Reveal().Length == 0 || Same(text, Null);

    /// <summary>Whether a text could be a token's.</summary>
    public static bool IsPlausible(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Letters);

    /// <summary>Null if what a place holds may be replaced by a token; else what it is instead.</summary>
    public static string? WhyNot(string text) =>
        text.Contains("{{", StringComparison.Ordinal) || text.Contains("${", StringComparison.Ordinal) || text.StartsWith('$') ? "is a template that something else fills in"
        : text.StartsWith("ENC[", StringComparison.Ordinal) ? "is encrypted"
        : text.Length > 0 && !IsPlausible(text) ? "is no token"
        : null;

    /// <summary>
    /// Whether a text that no system knows looks encrypted rather than dead. Exastro stores GitLab's tokens in clear, but a later
    /// version might encrypt them as it does its passwords: base64 of an initialisation vector and at least one block.
    /// </summary>
    public static bool LooksEncrypted(string text) =>
        text.Length % 4 == 0 && !text.AsSpan().ContainsAny('-', '_', '.') && Base64.IsValid(text, out var length) && length >= ShortestEncrypted
        && (text.Contains('+', StringComparison.Ordinal) || text.Contains('/', StringComparison.Ordinal) || text.EndsWith('=') || length % 16 == 0);

    /// <summary>Refuses a token that a file could not hold as it is.</summary>
    public static string RevealPlain(Secret token) => token.Reveal().Length == 0 || IsPlausible(token.Reveal())
        ? token.Reveal()
        : throw new CliFailure(ExitCode.SomeRefused, "The new token has characters that no token should have; it was not stored.");
}
