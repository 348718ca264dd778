using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Patrol.Core.Tokens;

namespace Patrol.Tests.Core;

public sealed class ForeignDigestTests
{
    // The format's published vectors: hashcat's example of mode 12001, and passlib's of atlassian_pbkdf2_sha1.
    [Theory]
    [InlineData("hashcat", "{PKCS5S2}NzIyNzM0NzY3NTIwNjI3MdDDis7wPxSbSzfFqDGf7u/L00kSEnupbz36XCL0m7wa")]
    [InlineData("password", "{PKCS5S2}DQIXJU038u4P7FdsuFTY/+35bm41kfjZa57UrdxHp2Mu3qF2uy+ooD+jF5t1tb8J")]
    public void A_published_digest_of_Atlassians_is_of_its_secret_and_of_no_other(string secret, string hashed)
    {
        var digest = ForeignDigest.Pkcs5S2.Read(1, hashed);
        Assert.True(digest!.IsOf(secret));
        Assert.False(digest.IsOf(secret + "x"));
        Assert.True(ForeignDigest.Pkcs5S2.FromBytes(digest.ToBytes()).IsOf(secret));
    }

    // A token with its row, published by a security researcher: the secret is the base64 text of the bytes behind the colon.
    [Fact]
    public void A_published_token_of_Confluences_is_known_by_its_published_digest()
    {
        Assert.True(NumberedToken.TryRead("MjE0NTg4NjQ3MTk2OrQ5JtSJgT/rrRBmCY4zu+N+NaWZ", out var number, out var secret));
        Assert.Equal(214588647196, number);
        Assert.True(ForeignDigest.Pkcs5S2.Read(number, "{PKCS5S2}Deoq/psifhVO0VE8qhJ6prfgOltOdJkeRH4cIxac9NtoXVodRQJciR95GW37gR7/")!.IsOf(secret));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{PKCS5S2}")]
    [InlineData("{SSHA}NzIyNzM0NzY3NTIwNjI3MdDDis7wPxSbSzfFqDGf7u/L00kSEnupbz36XCL0m7wa")]
    [InlineData("{PKCS5S2}NzIyNzM0NzY3NTIwNjI3MdDDis7wPxSbSzfFqDGf7u/L00kSEnupbz36XCL0m7")]
    [InlineData("{PKCS5S2}NzIyNzM0NzY3NTIwNjI3MdDDis7wPxSbSzfFqDGf7u/L00kSEnupbz36XCL0m7waAAAA")]
    [InlineData("{PKCS5S2}not base64")]
    public void What_is_no_such_digest_is_not_read(string hashed) => Assert.Null(ForeignDigest.Pkcs5S2.Read(1, hashed));

    [Fact]
    public void The_stored_forms_of_a_number_lie_together_before_those_of_the_next() =>
        Gen.Select(Gen.Long[0, long.MaxValue - 1], Gen.Byte.Array[48]).Sample((number, bytes) =>
        {
            var stored = ForeignDigest.Pkcs5S2.Read(number, $"{{PKCS5S2}}{Convert.ToBase64String(bytes)}")!.ToBytes();
            return stored.AsSpan().SequenceCompareTo(ForeignDigest.Pkcs5S2.First(number)) > 0 &&
                stored.AsSpan().SequenceCompareTo(ForeignDigest.Pkcs5S2.First(number + 1)) < 0 &&
                ForeignDigest.Pkcs5S2.FromBytes(stored).Number == number;
        });

    [Fact]
    public void GitLabs_digest_is_the_hash_of_text_and_key()
    {
        var key = Encoding.ASCII.GetBytes(new string('k', 32));
        var column = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes("glpat-text" + new string('k', 32))));
        var read = ForeignDigest.SaltedSha256.Read(column)!;
        Assert.Equal(read.ToBytes(), ForeignDigest.SaltedSha256.Of("glpat-text", key).ToBytes());
        Assert.Equal(read.Part, ForeignDigest.SaltedSha256.FromBytes(read.ToBytes()).Part);
        Assert.NotEqual(read.ToBytes(), ForeignDigest.SaltedSha256.Of("glpat-other", key).ToBytes());
        Assert.Null(ForeignDigest.SaltedSha256.Read("too short"));
    }

    [Fact]
    public void What_was_stored_in_another_format_is_refused()
    {
        Assert.Throws<FormatException>(() => ForeignDigest.Pkcs5S2.FromBytes(TokenDigest.Of(new byte[32], "x").ToBytes()));
        Assert.Throws<FormatException>(() => ForeignDigest.SaltedSha256.FromBytes(TokenDigest.Of(new byte[32], "x").ToBytes()));
    }
}
