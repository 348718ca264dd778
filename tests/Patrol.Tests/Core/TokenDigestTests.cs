using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Patrol.Core.Tokens;

namespace Patrol.Tests.Core;

public sealed class TokenDigestTests
{
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(number => (byte)number)];
    private static readonly Gen<string> Text = Gen.String[Gen.Char.AlphaNumeric, 0, 700];

    [Fact]
    public void A_digest_is_the_keyed_hash_of_the_text_whatever_its_length() =>
        Text.Sample(text => TokenDigest.Of(Secret, text).ToBytes().AsSpan(1).SequenceEqual(HMACSHA256.HashData(Secret, Encoding.UTF8.GetBytes(text))));

    [Fact]
    public void The_stored_form_begins_with_its_format_and_leads_back_to_the_digest() =>
        Text.Sample(text =>
        {
            var digest = TokenDigest.Of(Secret, text);
            var stored = digest.ToBytes();
            return stored is [TokenDigest.Format, ..] && stored.Length == 33 && TokenDigest.FromBytes(stored) == digest;
        });

    [Fact]
    public void Another_secret_gives_another_digest() =>
        Assert.NotEqual(TokenDigest.Of(Secret, "some token text"), TokenDigest.Of(new byte[32], "some token text"));

    [Fact]
    public void Another_text_gives_another_digest() =>
        Gen.Select(Text, Text).Sample((one, other) => one == other || TokenDigest.Of(Secret, one) != TokenDigest.Of(Secret, other));

    [Fact]
    public void What_was_not_stored_in_this_format_is_refused()
    {
        var stored = TokenDigest.Of(Secret, "x").ToBytes();
        Assert.Throws<FormatException>(() => TokenDigest.FromBytes(stored.AsSpan(1)));
        Assert.Throws<FormatException>(() => TokenDigest.FromBytes([.. stored, 0]));
        stored[0] = 2;
        Assert.Throws<FormatException>(() => TokenDigest.FromBytes(stored));
    }
}
