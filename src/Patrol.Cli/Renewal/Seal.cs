using System.Security.Cryptography;
using System.Text;
using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal;

/// <summary>
/// Seals token texts in the journal (AES-256-GCM), so that copies, backups and screens show none. The journal's key is random and
/// stands in it twice, closed itself: with this user's key (<c>~/.config/patrol/renew.key</c>, 0600), and with the token that
/// started the run. Either opens it: the user's when that token is dead by now, the token when another account goes on.
/// </summary>
internal sealed class Seal
{
    private const int KeySize = 32, NonceSize = 12, TagSize = 16;

    private readonly byte[] key;

    private Seal(byte[] key) => this.key = key;

    /// <summary>A new seal, and the copies of its key for the journal's first line.</summary>
    public static (Seal Seal, string[] Copies) Make(Func<string, string?> variable, IEnumerable<Secret?> credentials)
    {
        var key = RandomNumberGenerator.GetBytes(KeySize);
        return (new Seal(key), [.. Openers(variable, credentials, make: true).Select(opener => Convert.ToBase64String(Close(opener, key)))]);
    }

    /// <summary>The seal of a journal; null if none of this user's keys and credentials opens it.</summary>
    public static Seal? Open(Func<string, string?> variable, IEnumerable<Secret?> credentials, IEnumerable<string> copies)
    {
        var openers = Openers(variable, credentials, make: false).ToList();
        return copies.SelectMany(copy => openers.Select(opener => Uncover(opener, Convert.FromBase64String(copy)))).FirstOrDefault(found => found is not null) is { } key
            ? new Seal(key) : null;
    }

    public string Close(Secret text) => Convert.ToBase64String(Close(key, Encoding.UTF8.GetBytes(text.Reveal())));

    /// <summary>The text.</summary>
    /// <exception cref="CryptographicException">It was changed.</exception>
    public Secret Uncover(string closed) =>
        new(Encoding.UTF8.GetString(Uncover(key, Convert.FromBase64String(closed)) ?? throw new CryptographicException("The seal is broken.")));

    private static IEnumerable<byte[]> Openers(Func<string, string?> variable, IEnumerable<Secret?> credentials, bool make)
    {
        if (UserKey(variable, make) is { } own)
            yield return own;
        // Tokens are random: no slow function is needed to keep guesses out.
        foreach (var credential in credentials.OfType<Secret>())
            yield return HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(credential.Reveal()), KeySize, info: "patrol renew journal"u8.ToArray());
    }

    private static byte[]? UserKey(Func<string, string?> variable, bool make)
    {
        if (Folders.Config(variable) is not { } folder)
            return null;
        var file = Path.Combine(folder, "renew.key");
        try
        {
            if (!File.Exists(file))
            {
                if (!make)
                    return null;
                Folders.Create(folder);
                Folders.WriteNew(file, Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeySize))));
            }
            return Convert.FromBase64String(File.ReadAllText(file).Trim());
        }
        catch (FormatException)
        {
            throw new CliFailure(ExitCode.SomeRefused, $"{file} is damaged. Move it away; journals that were sealed with it open with the token that started their run.");
        }
    }

    private static byte[] Close(byte[] with, byte[] text)
    {
        var closed = new byte[NonceSize + text.Length + TagSize];
        RandomNumberGenerator.Fill(closed.AsSpan(0, NonceSize));
        using var cipher = new AesGcm(with, TagSize);
        cipher.Encrypt(closed.AsSpan(0, NonceSize), text, closed.AsSpan(NonceSize, text.Length), closed.AsSpan(NonceSize + text.Length));
        return closed;
    }

    private static byte[]? Uncover(byte[] with, byte[] closed)
    {
        if (closed.Length < NonceSize + TagSize)
            return null;
        var text = new byte[closed.Length - NonceSize - TagSize];
        using var cipher = new AesGcm(with, TagSize);
        try
        {
            cipher.Decrypt(closed.AsSpan(0, NonceSize), closed.AsSpan(NonceSize, text.Length), closed.AsSpan(NonceSize + text.Length), text);
            return text;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
