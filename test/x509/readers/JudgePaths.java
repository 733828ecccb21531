import java.io.FileInputStream;
import java.security.cert.*;
import java.util.*;

/**
 * Verifies paths with Java's PKIX, without revocation: JudgePaths ROOT INTERMEDIATE LEAF [ROOT INTERMEDIATE LEAF...]. Prints a line for
 * each: "valid", or why it is not.
 */
public class JudgePaths {
    public static void main(String[] args) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        for (int at = 0; at < args.length; at += 3) {
            try {
                List<Certificate> read = new ArrayList<>();
                for (String file : Arrays.copyOfRange(args, at, at + 3)) {
                    read.add(factory.generateCertificate(new FileInputStream(file)));
                }
                PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor((X509Certificate) read.get(0), null)));
                parameters.setRevocationEnabled(false);
                validator.validate(factory.generateCertPath(List.of(read.get(2), read.get(1))), parameters);
                System.out.println("valid");
            } catch (Exception e) {
                System.out.println(String.valueOf(e).replace('\n', ' '));
            }
        }
    }
}
